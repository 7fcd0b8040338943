$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
$rows = Invoke-Sqlcmd -Query 'SELECT count(*) FROM members'
$rows | ForEach-Object { Write-Host $_ }
