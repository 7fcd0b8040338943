#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
python3 - <<'PY'
print("delete from services")
PY
npx prisma migrate deploy
