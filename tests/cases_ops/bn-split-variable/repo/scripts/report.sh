#!/usr/bin/env bash
set -euo pipefail

run="psql -At $DATABASE_URL"
$run -c "SELECT count(*) FROM sessions"
CC="gcc -O2 $CFLAGS"
$CC -o tool tool.c
