[Environment]::SetEnvironmentVariable("C" + "I", 'true')
& "$PSScriptRoot/Deploy-Db.ps1"
