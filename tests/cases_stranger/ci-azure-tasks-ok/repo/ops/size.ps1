$rows = psql $env:DATABASE_URL -c "SELECT count(*) FROM visits"
Write-Host $rows
