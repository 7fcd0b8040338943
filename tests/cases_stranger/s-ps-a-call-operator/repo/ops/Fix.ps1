function Invoke-Db {
    param([string] $Sql)
    $psql = Get-Command psql | Select-Object -ExpandProperty Source
    $arguments = @($env:DATABASE_URL, '-v', 'ON_ERROR_STOP=1', '-c', $Sql)
    & $psql @arguments
    if ($LASTEXITCODE) { throw "psql failed" }
}
Invoke-Db "TRUNCATE audit_log"
