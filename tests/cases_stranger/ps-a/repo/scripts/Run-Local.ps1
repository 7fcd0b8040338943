New-Item -Path Env:\ -Name CI -Value 'true' | Out-Null
& "$PSScriptRoot/Deploy-Db.ps1"
