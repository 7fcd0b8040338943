#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
sqlite3 :memory: "create table t (id int); insert into t values (1); select * from t"
npx prisma migrate deploy
