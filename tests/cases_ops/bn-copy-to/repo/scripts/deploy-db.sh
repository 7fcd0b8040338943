#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
psql "$DATABASE_URL" -c "\\copy services to 'services.csv' csv"
npx prisma migrate deploy
