$query = @"
UPDATE dbo.Sessions
SET    ClosedAt = SYSUTCDATETIME()
WHERE  UserName = '$env:USERNAME'
"@

$request = @{
    ServerInstance = 'sql01'
    Database       = 'portal'
    Query          = $query
}
invoke-sqlcmd @request
