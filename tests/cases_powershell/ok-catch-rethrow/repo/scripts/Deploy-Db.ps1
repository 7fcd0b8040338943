$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
try {
    Assert-CiOnly -Script 'x'
    Assert-Fingerprint -Environment 'prod'
}
catch {
    Write-Warning "stopped: $_"
    throw
}
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
