#!/usr/bin/env bash
set -euo pipefail
psql "$DATABASE_URL" -c "DROP TABLE visits"
