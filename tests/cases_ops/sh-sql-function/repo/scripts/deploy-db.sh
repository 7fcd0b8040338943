#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
psql "$DATABASE_URL" <<'SQL'
create function purge() returns void as $$ delete from services $$ language sql;
select purge();
SQL
npx prisma migrate deploy
