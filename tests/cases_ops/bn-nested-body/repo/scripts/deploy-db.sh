#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
if [[ "${CI:-}" == "true" ]]; then
  require_fingerprint prod
  npx prisma migrate deploy
else
  echo "CI only" >&2
  exit 1
fi
