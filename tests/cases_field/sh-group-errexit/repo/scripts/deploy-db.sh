#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "$0")/lib/guards.sh"
require_ci
require_fingerprint prod
out="$(npx prisma migrate deploy; echo done)"
echo "$out"
