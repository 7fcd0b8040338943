function Get-Size { param([string] $Path) (Get-Item $Path).Length }

function Convert-Row {
    [CmdletBinding()]
    param([Parameter(ValueFromPipeline)] [psobject] $Row)
    begin { $count = 0 }
    process {
        $count++
        $Row | Add-Member -NotePropertyName Deleted -NotePropertyValue $false -PassThru
    }
    end { Write-Verbose "updated $count rows in memory" }
}

filter Select-Even { if ($_ % 2 -eq 0) { $_ } }
Export-ModuleMember -Function Get-Size, Convert-Row
