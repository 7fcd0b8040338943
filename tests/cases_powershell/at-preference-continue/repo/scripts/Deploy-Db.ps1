$ErrorActionPreference = 'SilentlyContinue'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'x'
Assert-Fingerprint -Environment 'prod' -ErrorAction SilentlyContinue
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
