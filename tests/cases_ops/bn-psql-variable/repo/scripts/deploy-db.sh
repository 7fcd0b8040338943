#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
SQL="select 1"
psql "$DATABASE_URL" -Atc "$SQL"
npx prisma migrate deploy
