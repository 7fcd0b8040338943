#!/usr/bin/env bash
set -euo pipefail

until pg_isready -h "$DB_HOST" -q; do
  sleep 1
done
until psql "$DATABASE_URL" -c "select 1" >/dev/null 2>&1; do sleep 1; done
