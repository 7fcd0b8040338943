#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
cmd="psql shop -c 'delete from services'"
eval "$cmd"
npx prisma migrate deploy
