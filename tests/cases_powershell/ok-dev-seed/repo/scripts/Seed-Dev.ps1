param([switch] $Force)
if (-not $Force) { $answer = Read-Host 'Seed? (y/n)'; if ($answer -ne 'y') { return } }
$values = foreach ($name in 'ada', 'grace') { "('$name')" }
foreach ($value in $values) {
    Invoke-Sqlcmd -ServerInstance localhost -Database shop -Query "INSERT INTO users (name) VALUES $value"
}
