$ErrorActionPreference = 'Stop'
Write-Host 'Sync-Prod is gone. Use Deploy-Db.'
exit 1
