$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
$local = [System.Environment]::GetEnvironmentVariable('ALLOW_LOCAL_DEPLOY')
if ($local -ne '1') {
    Assert-CiOnly 'Deploy-Db'
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
