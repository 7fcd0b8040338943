Add-Type -Path "$PSScriptRoot/bin/Npgsql.dll"
$conn = [Npgsql.NpgsqlConnection]::new($env:PGURL)
$conn.Open()
try {
    $cmd = [Npgsql.NpgsqlCommand]::new("UPDATE tariffs SET label = 'x' WHERE code = 7", $conn)
    $null = $cmd.ExecuteNonQuery()
}
finally { $conn.Dispose() }
