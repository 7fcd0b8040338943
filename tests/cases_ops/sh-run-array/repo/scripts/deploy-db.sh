#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
run=(psql "$DATABASE_URL")
"${run[@]}" -c "delete from services"
npx prisma migrate deploy
