#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
deploy() {
  local started="$(date +%s)"
  export RELEASE="$(git rev-parse HEAD)"
  npx prisma migrate deploy
  echo "$started"
}
deploy
