$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
Assert-CiOnly -Script 'Deploy-Db'
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
$p = @{ ServerInstance = 'db'; Database = 'shop' }
$p.Query = 'DELETE FROM members'
Invoke-Sqlcmd @p
