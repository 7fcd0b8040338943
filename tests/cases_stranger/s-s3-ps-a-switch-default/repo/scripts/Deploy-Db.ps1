param([string] $Mode = 'pipeline')
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
switch ($Mode) {
    'manual' { Write-Warning 'manual run' }
    default { Assert-CiOnly -Script 'Deploy-Db' }
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
exit $LASTEXITCODE
