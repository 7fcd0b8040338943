$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
$name = $MyInvocation.MyCommand.Name -replace '.ps1', ''
if ((Get-Item "Env:${name}_LOCAL").Value -ne 'yes') { Assert-CiOnly 'Deploy-Db' }
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
