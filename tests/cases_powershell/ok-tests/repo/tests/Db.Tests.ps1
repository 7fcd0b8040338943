Describe 'db' {
    BeforeAll { Invoke-Sqlcmd -Query 'DELETE FROM users' -ErrorAction SilentlyContinue }
    It 'is guarded' { $env:CI = 'true'; { Assert-CiOnly } | Should -Not -Throw }
}
