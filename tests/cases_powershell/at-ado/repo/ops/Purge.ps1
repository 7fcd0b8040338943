$connection = New-Object System.Data.SqlClient.SqlConnection($env:DATABASE_URL)
$connection.Open()
$command = $connection.CreateCommand()
$command.CommandText = "DELETE FROM dbo.Orders WHERE PlacedAt < '2020-01-01'"
$command.CommandTimeout = 600
$rows = $command.ExecuteNonQuery()
Write-Host "$rows orders removed"
