$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
psql $env:REPORTING_URL -c 'UPDATE prices SET cents = 1'
if ($LASTEXITCODE -ne 0) { exit 1 }
