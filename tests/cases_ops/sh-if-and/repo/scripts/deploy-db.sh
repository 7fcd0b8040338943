#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
if npx prisma migrate deploy && npm run smoke; then
  echo ok
else
  echo "failed"
fi
