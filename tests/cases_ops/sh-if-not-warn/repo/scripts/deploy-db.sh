#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
if ! require_ci; then echo "warning: not in CI"; fi
require_fingerprint prod

npx prisma migrate deploy
