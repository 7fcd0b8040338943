param([switch] $Hard, [string] $What)
$sql = if ($Hard) { 'DELETE FROM sessions' } else { 'UPDATE sessions SET expired = true' }
Invoke-Sqlcmd -Query $sql -ConnectionString $env:PORTAL
$text = switch ($What) {
    'tickets' { 'TRUNCATE TABLE dbo.Tickets' }
    default { 'SELECT 1' }
}
Invoke-Sqlcmd -Query $text -ConnectionString $env:PORTAL
