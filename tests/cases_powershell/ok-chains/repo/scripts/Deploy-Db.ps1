$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
npx prisma generate && npx prisma migrate deploy || exit 1
Write-Host 'deployed'
