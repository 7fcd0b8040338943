#!/usr/bin/env bash
set -euo pipefail

psql "$DATABASE_URL" -At <<SQL
SELECT id, deleted_at FROM users WHERE updated_at > now() - interval '1 day';
SQL
psql "$DATABASE_URL" -c "\dt"
psql -l
pg_dump -s "$DATABASE_URL" > schema.sql
pg_isready -h localhost
