#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
rc=0
npx prisma migrate deploy || rc=$?
if [ "$rc" -ne 0 ]; then
  echo "failed: $rc" >&2
  exit "$rc"
fi
