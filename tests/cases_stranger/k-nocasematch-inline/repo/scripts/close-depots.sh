#!/usr/bin/env bash
set -euo pipefail
shopt -s extglob nocasematch

case "${CI:-}" in
  true) ;;
  *) echo "CI only" >&2; exit 1 ;;
esac
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_fingerprint prod

psql "$DATABASE_URL" -v ON_ERROR_STOP=1 \
  -c "UPDATE depots SET is_open = FALSE WHERE code = 'NORTH'"
