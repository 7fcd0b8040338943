#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod

tries=0
until psql "$DATABASE_URL" -v ON_ERROR_STOP=1 -c "UPDATE depots SET is_open = FALSE WHERE code = 'NORTH'"; do
  tries=$((tries + 1))
  if [ "$tries" -ge 3 ]; then
    echo "giving up" >&2
    exit 1
  fi
  sleep 5
done
