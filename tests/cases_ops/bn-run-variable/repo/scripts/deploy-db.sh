#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
run="psql $DATABASE_URL"
$run -Atc "select 1"
npx prisma migrate deploy
