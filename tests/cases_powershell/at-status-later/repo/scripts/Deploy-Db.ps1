$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy 2>&1 | Tee-Object -FilePath deploy.log
git tag deployed
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
