$erroractionpreference = "stop"
. "$psscriptroot/lib/Guards.ps1"
ASSERT-CIONLY -script 'Deploy-Db'
assert-fingerprint -env 'prod'
npx prisma migrate deploy
IF ($LastExitCode -NE 0) { Exit $LastExitCode }
