#!/usr/bin/env bash
set -euo pipefail

docker exec -i db psql -U app -c "DELETE FROM users"
