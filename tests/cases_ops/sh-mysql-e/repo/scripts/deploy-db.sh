#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
mysql -h "$HOST" shop -e "delete from services"
npx prisma migrate deploy
