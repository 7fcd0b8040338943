#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
printf 'psql -c "delete from services"' | bash
npx prisma migrate deploy
