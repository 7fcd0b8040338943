#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
if [ "${CI:-}" != "true" ]; then
  echo "skipping: not in CI"
  exit 0
fi
require_fingerprint prod

npx prisma migrate deploy
