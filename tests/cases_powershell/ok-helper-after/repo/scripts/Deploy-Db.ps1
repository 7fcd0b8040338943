$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
function Stop-OnFailure { if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE } }
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
Stop-OnFailure
Write-Host 'deployed'
