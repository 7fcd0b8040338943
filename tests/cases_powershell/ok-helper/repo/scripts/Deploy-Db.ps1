$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
function Invoke-Checked([scriptblock] $Command) {
    & $Command
    if ($LASTEXITCODE -ne 0) { throw "failed: $Command" }
}

Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
Invoke-Checked { npx prisma migrate deploy }
Write-Host 'deployed' -ForegroundColor Green
