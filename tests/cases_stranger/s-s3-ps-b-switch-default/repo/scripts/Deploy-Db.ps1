param([string] $Mode = 'pipeline')
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
switch ($Mode) {
    'nightly' { Assert-CiOnly -Script 'Deploy-Db nightly' }
    default { Assert-CiOnly -Script 'Deploy-Db' }
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
exit $LASTEXITCODE
