#!/usr/bin/env bash
set -euo pipefail

ssh deploy@db-1 <<'EOS'
psql "$DATABASE_URL" -c "DELETE FROM sessions"
EOS
