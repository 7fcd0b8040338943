param([switch] $Local)
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
if (-not $PSBoundParameters.ContainsKey('Local')) { Assert-CiOnly -Script 'Deploy-Db' }
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
