#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
mongosh "$MONGO_URL" --eval "db.services.deleteMany({})"
npx prisma migrate deploy
