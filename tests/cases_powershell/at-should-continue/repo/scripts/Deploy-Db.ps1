[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
param()
$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
if (-not $PSCmdlet.ShouldContinue('Not in CI. Go on?', 'Deploy')) {
    Assert-CiOnly -Script 'Deploy-Db'
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
