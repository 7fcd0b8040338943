#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
retry() {
  local n=0
  until "$@"; do
    n=$((n + 1))
    if ((n >= 3)); then
      return 1
    fi
    sleep 5
  done
}
retry npx prisma migrate deploy
echo ok
