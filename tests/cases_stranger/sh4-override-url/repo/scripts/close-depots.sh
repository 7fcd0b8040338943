#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
DATABASE_URL="${REPLICA_URL:-$DATABASE_URL}"

psql "$DATABASE_URL" -v ON_ERROR_STOP=1 \
  -c "UPDATE depots SET is_open = FALSE WHERE code = 'NORTH'"
