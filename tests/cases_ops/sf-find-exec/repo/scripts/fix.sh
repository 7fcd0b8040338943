#!/usr/bin/env bash
set -euo pipefail

find migrations -name "*.sql" -exec psql "$DATABASE_URL" -f {} \;
