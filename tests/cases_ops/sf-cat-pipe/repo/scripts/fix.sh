#!/usr/bin/env bash
set -euo pipefail

cat scripts/fix.sql | psql "$DATABASE_URL"
