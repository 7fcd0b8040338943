#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
ruby -rpg -e 'PG.connect(ENV["DATABASE_URL"]).exec("delete from services")'
npx prisma migrate deploy
