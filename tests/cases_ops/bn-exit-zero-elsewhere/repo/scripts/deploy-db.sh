#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
if [[ "${1:-}" == "--help" ]]; then
  echo "usage: deploy-db.sh"
  exit 0
fi
require_ci
require_fingerprint prod

npx prisma migrate deploy
exit 0
