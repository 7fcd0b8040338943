$server = 'sql01.internal'
sqlcmd -S $server -d portal -E -b -Q "IF OBJECT_ID('dbo.Old') IS NOT NULL DROP TABLE dbo.Old"
exit $LASTEXITCODE
