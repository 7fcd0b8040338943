#!/usr/bin/env bash
set -euo pipefail
for table in members sessions; do
  psql "$DATABASE_URL" -c "DELETE FROM $table"
done
