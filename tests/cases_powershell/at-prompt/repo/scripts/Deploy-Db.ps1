$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
$answer = Read-Host 'Deploy from here? (y/N)'
if ($answer -ne 'y') { Assert-CiOnly -Script 'Deploy-Db' }
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
