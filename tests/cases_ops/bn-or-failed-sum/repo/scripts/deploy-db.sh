#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
failed=0
for step in one two; do
  npx prisma migrate deploy || failed=$((failed + 1))
done
((failed == 0))
