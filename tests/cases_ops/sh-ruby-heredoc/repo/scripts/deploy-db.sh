#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
ruby <<'RB'
require "pg"
PG.connect(ENV["DATABASE_URL"]).exec("delete from services")
RB
npx prisma migrate deploy
