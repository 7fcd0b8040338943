#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
until npx prisma migrate deploy; do
  sleep 5
done
echo "finished"
