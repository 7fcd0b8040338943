#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
npx prisma migrate deploy
rc=$?
echo "ended with $rc"
exit $rc
