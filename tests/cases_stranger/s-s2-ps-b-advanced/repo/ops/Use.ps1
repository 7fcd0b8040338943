#Requires -Version 7
Import-Module "$PSScriptRoot/Tools.psm1" -Force
$rows = Import-Csv ./rows.csv | Convert-Row | Where-Object { -not $_.Deleted }
$text = switch ($rows.Count) { 0 { 'none' } default { "$($rows.Count) rows" } }
$mode = if ($env:VERBOSE) { 'loud' } else { 'quiet' }
Write-Output "$text $mode"
1..4 | Select-Even | ForEach-Object -Parallel { Start-Sleep -Milliseconds $_ }
