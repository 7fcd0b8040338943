function Get-One { param([int] $Id) Invoke-Sqlcmd -Query "SELECT * FROM dbo.T WHERE Id = $Id" }
$psql = (Get-Command psql).Source
& $psql $env:REPORT_URL -c 'SELECT count(*) FROM t'
$git = Get-Command git | Select-Object -ExpandProperty Source
& $git commit -m 'drop table of contents'
& $git -c core.autocrlf=input fetch
Get-One -Id 3
