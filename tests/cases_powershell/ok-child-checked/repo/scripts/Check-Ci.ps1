if ($env:CI -cne 'true') { Write-Host 'CI only'; exit 1 }
exit 0
