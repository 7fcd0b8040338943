$ErrorActionPreference = "Stop"
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
$root = Resolve-Path (Join-Path -Path $here -ChildPath '..')
. "$here\lib\Guards.ps1"
Push-Location $root
try {
    Assert-CiOnly -Script:'Deploy-Db'
    Assert-Fingerprint prod
    npx prisma `
        migrate `
        deploy
    if (-not $?) { throw 'migration failed' }
}
finally { Pop-Location }
