#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
for id in $(psql "$DATABASE_URL" -Atc "select id from services"); do
  echo "$id"
done
npx prisma migrate deploy
