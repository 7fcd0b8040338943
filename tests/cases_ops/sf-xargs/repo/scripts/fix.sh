#!/usr/bin/env bash
set -euo pipefail

ls migrations/*.sql | xargs -n1 psql "$DATABASE_URL" -f
