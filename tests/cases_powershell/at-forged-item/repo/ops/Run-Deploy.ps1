Set-Item -Path Env:CI -Value 'true'
& "$PSScriptRoot/../scripts/Deploy-Db.ps1"
