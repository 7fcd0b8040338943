#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
out=$(npx prisma migrate deploy)
rc=$?
echo "$out"
exit "$rc"
