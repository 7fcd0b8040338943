$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
$arguments = 'prisma', 'migrate', 'deploy'
& npx @arguments
Write-Host "prisma ended with $LASTEXITCODE"
if ($LASTEXITCODE) { exit $LASTEXITCODE }
