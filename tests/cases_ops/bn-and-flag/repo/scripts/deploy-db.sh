#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
migrated=""
npx prisma migrate deploy && migrated=1
if [ -z "$migrated" ]; then
  echo "failed" >&2
  exit 1
fi
