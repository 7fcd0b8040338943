#!/usr/bin/env bash
set -euo pipefail

psql "$DATABASE_URL" <<SQL
DELETE FROM users WHERE id = 1;
SQL
