#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
psql "$DATABASE_URL" -f db/all.sql
npx prisma migrate deploy
