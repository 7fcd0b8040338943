$name = 'C' + 'I'
[Environment]::SetEnvironmentVariable($name, 'true')
& "$PSScriptRoot/Deploy-Db.ps1"
