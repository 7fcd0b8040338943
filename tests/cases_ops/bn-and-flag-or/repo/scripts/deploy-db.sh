#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
migrated=""
npx prisma migrate deploy && migrated=1
[ "$migrated" = 1 ] || exit 1
echo fine
