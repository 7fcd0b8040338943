#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
while true; do
  npx prisma migrate deploy && break
  sleep 5
done
echo "migrated"
