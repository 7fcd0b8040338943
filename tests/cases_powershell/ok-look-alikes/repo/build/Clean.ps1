param([switch] $Force, [switch] $SkipTests)
$ErrorActionPreference = 'SilentlyContinue'
# DROP TABLE users; npx prisma migrate reset
Write-Host "DELETE FROM is what Invoke-Sqlcmd would run; prisma migrate deploy is not run here"
Remove-Item -Path dist, obj -Recurse -Force:$Force -Confirm:$false -ErrorAction Ignore
$env:NODE_ENV = 'production'
$env:FORCE_COLOR = 1
if (-not $SkipTests) { npm test }
Get-ChildItem Env: | Where-Object Name -like 'NPM_*' | ForEach-Object { "$($_.Name)=$($_.Value)" }
npx prisma generate
npx prisma validate || Write-Warning 'schema is invalid'
docker compose up -d db
try { Stop-Process -Name node } catch { }
