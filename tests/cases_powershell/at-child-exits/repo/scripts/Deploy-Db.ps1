$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
& "$PSScriptRoot/Check-Ci.ps1"
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
