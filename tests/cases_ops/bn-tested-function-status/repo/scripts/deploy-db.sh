#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
deploy() {
  npx prisma migrate deploy
}
if deploy; then
  echo ok
else
  exit 1
fi
