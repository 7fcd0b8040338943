#!/usr/bin/env bash
set -euo pipefail
cat ids.txt | xargs -I{} psql "$DATABASE_URL" -c "DELETE FROM sessions WHERE id = {}"
