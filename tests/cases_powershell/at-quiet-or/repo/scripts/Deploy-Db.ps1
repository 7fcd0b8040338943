$ErrorActionPreference = 'Stop'
. "$PSScriptRoot/lib/Guards.ps1"
$null = try { Assert-Ci } catch { $false }
Assert-Fingerprint -Environment 'prod'
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
