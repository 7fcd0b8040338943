#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
if ! out=$(npx prisma migrate deploy 2>&1); then
  echo "$out"
  exit 1
fi
echo "$out"
