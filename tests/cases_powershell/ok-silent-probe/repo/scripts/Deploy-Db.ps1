$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
$tool = Get-Command npx -ErrorAction SilentlyContinue
if (-not $tool) { throw 'npx is missing' }
Remove-Item ./tmp -Recurse -ErrorAction SilentlyContinue
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
