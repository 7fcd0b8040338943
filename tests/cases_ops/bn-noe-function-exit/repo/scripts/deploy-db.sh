#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
deploy() {
  npx prisma migrate deploy || exit 1
}
deploy
echo done
