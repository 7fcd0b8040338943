Import-Module dbatools
Get-ChildItem .\logs | Out-Null
Invoke-DbaQuery -SqlInstance sql01 -Database shop -File "$PSScriptRoot\clean.sql"
