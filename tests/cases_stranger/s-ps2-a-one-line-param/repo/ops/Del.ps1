function Remove-One { [CmdletBinding()] param([int] $Id) Invoke-Sqlcmd -Query "DELETE FROM dbo.T WHERE Id = $Id" }
Remove-One -Id 3
