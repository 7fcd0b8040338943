#!/usr/bin/env bash
set -euo pipefail
shopt -s nocasematch

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod

psql "$DATABASE_URL" -v ON_ERROR_STOP=1 \
  -c "UPDATE depots SET is_open = FALSE WHERE code = 'NORTH'"
