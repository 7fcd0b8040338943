#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
status=0
npx prisma migrate deploy || status=$?
if [ "$status" -ne 0 ]; then
  echo failed
  exit "$status"
fi
