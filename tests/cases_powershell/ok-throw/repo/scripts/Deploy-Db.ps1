$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
try {
    Assert-CiOnly -Script 'Deploy-Db'
    Assert-Fingerprint -Environment 'prod'
    npx prisma migrate deploy
    if ($LASTEXITCODE -ne 0) { throw "prisma ended with $LASTEXITCODE" }
}
catch {
    Write-Error "deploy failed: $_"
    exit 1
}
finally {
    Remove-Item -Path deploy.log -Force -ErrorAction SilentlyContinue
}
