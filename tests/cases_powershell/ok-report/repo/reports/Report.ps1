param([Parameter(Mandatory)] [string] $Server, [switch] $Force)
$connection = [System.Data.SqlClient.SqlConnection]::new("Server=$Server;Database=portal;Integrated Security=true")
$command = $connection.CreateCommand()
$command.CommandText = @'
SELECT UserName, LastSeen, DeletedAt, UpdatedBy
FROM dbo.Sessions
'@
$connection.Open()
$reader = $command.ExecuteReader()
while ($reader.Read()) { Write-Output $reader['UserName'] }
$splat = @{ SqlInstance = $Server; Query = 'SELECT COUNT(*) AS n FROM dbo.Orders'; As = 'PSObject' }
$count = Invoke-DbaQuery @splat
if ($count.n -gt 0 -or $Force) { $count | Export-Csv -Path counts.csv -NoTypeInformation -Force }
psql $env:DATABASE_URL -At -c 'select 1'
