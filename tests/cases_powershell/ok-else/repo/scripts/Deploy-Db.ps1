$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
if ($env:CI -ceq 'true' -and $env:GITHUB_REF -ceq 'refs/heads/main') {
    Write-Host 'go'
} else {
    throw 'CI on main only'
}
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
