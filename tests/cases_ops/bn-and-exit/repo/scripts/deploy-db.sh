#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
for i in 1 2 3; do
  npx prisma migrate deploy && exit 0
  sleep 5
done
exit 1
