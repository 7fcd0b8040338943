$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
if (-not $env:SKIP_GUARDS) {
    Assert-CiOnly -Script 'Deploy-Db'
    Assert-Fingerprint -Environment 'prod'
}
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
