[System.Environment]::SetEnvironmentVariable(('{0}I' -f 'C'), 'true', 'Process')
. "$PSScriptRoot/Deploy-Db.ps1"
