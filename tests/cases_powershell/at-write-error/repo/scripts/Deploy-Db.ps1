if ($env:CI -cne 'true') {
    Write-Error 'CI only'
}
. "$PSScriptRoot/lib/Guards.ps1"
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
