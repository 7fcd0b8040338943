$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
function Test-Ci { $env:CI -ceq 'true' }
if (-not (Test-Ci)) {
    Write-Host 'CI only'
    exit 1
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
