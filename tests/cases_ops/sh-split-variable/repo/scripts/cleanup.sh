#!/usr/bin/env bash
set -euo pipefail

run="psql -v ON_ERROR_STOP=1 $DATABASE_URL"
$run -c "DELETE FROM sessions"
