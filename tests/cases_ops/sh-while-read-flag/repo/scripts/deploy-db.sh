#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod

while read -r name; do
  [ -n "$name" ] || continue
  echo "$name"
done < MIGRATIONS
npx prisma migrate deploy
