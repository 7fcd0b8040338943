$ErrorActionPreference = 'Stop'
guard proof --env prod
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
guard fingerprint verify prod
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
robocopy migrations build /MIR
if ($LASTEXITCODE -ge 8) { exit $LASTEXITCODE }
$global:LASTEXITCODE = 0
npx prisma migrate deploy
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
