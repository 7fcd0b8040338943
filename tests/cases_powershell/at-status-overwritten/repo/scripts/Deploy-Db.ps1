$ErrorActionPreference = 'Stop'
guard proof --env prod
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
guard fingerprint verify prod
$global:LASTEXITCODE = 0
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
