#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
php -r '$pdo = new PDO(getenv("DATABASE_URL")); $pdo->exec("delete from services");'
npx prisma migrate deploy
