#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
set -a; source ./prod.env; set +a

psql "$DATABASE_URL" -v ON_ERROR_STOP=1 \
  -c "UPDATE depots SET is_open = FALSE WHERE code = 'NORTH'"
