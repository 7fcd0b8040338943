#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
SQL="delete from services"
psql "$DATABASE_URL" -c "$SQL"
npx prisma migrate deploy
