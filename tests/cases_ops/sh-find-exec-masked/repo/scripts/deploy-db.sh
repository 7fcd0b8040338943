#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod

find prisma/fixes -maxdepth 1 -exec psql "$DATABASE_URL" -c "UPDATE members SET plan = 'x'" \;
