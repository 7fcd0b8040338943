param([bool] $Enforce = $true)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
if ($Enforce) {
    Assert-CiOnly -Script 'x'
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
