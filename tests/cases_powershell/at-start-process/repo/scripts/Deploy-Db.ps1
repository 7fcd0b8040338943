$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
Start-Process npx -ArgumentList 'prisma', 'migrate', 'deploy' -Wait -NoNewWindow
Write-Host 'done'
