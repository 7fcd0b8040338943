$ErrorActionPreference = 'Stop'

. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'

function Invoke-Deploy {
    npx prisma migrate deploy
}
function Invoke-All {
    Invoke-Deploy
    Write-Host "done"
}
Invoke-All
Write-Host "deployed"
