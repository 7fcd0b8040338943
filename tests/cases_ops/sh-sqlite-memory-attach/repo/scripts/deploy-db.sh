#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
sqlite3 :memory: "attach 'prod.db' as p; delete from p.services"
npx prisma migrate deploy
