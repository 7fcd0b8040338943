#!/usr/bin/env bash
set -euo pipefail

ssh db-1 psql app <<'SQL'
UPDATE members SET active = false;
SQL
