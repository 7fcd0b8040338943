#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
if [ -z "${SKIP_CI_CHECK:-}" ]; then
  require_ci
fi
require_fingerprint prod

npx prisma migrate deploy
