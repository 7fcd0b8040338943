#!/usr/bin/env bash
set -euo pipefail

cmd=(psql "$DATABASE_URL" -c "DELETE FROM users")
"${cmd[@]}"
