$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
try {
    npx prisma migrate deploy
    if ($LASTEXITCODE -ne 0) { throw 'migration failed' }
} catch {
    Write-Warning $_
}
exit 0
