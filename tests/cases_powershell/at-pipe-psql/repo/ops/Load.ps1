$sql = 'DELETE FROM sessions'
$sql += ' WHERE expired'
$sql | psql $env:DATABASE_URL
