using namespace System.Text
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot\lib\Guards.psm1" -Force
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
