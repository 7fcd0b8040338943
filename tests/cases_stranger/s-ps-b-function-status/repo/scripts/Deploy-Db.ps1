$ErrorActionPreference = 'Stop'

. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'

function Invoke-Deploy {
    npx prisma migrate deploy
}
function Assert-Status {
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}
Invoke-Deploy
Assert-Status
Write-Host "deployed"
