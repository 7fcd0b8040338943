#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
if [ "${1:-}" = status ]; then
  npx prisma migrate status
else
  npx prisma migrate deploy
fi
echo done
