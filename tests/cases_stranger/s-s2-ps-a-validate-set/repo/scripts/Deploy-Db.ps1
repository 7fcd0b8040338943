param([ValidateSet('ci', 'manual')] [string] $Mode = 'ci')
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
switch ($Mode) {
    'ci' { Assert-CiOnly -Script 'Deploy-Db' }
    'manual' { Write-Warning 'manual run' }
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
exit $LASTEXITCODE
