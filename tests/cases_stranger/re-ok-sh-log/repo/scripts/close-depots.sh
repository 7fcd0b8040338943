#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
die() { printf '%s\n' "$*" >&2; exit 1; }

require_ci
require_fingerprint prod || die "differs"
psql "$DATABASE_URL" -v ON_ERROR_STOP=1 \
  -c "UPDATE depots SET is_open = FALSE WHERE code = 'NORTH'"
