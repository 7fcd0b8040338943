$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
$job = Start-Job -ScriptBlock { npx prisma migrate deploy }
Wait-Job $job | Out-Null
