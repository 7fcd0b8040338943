#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
n=0
until npx prisma migrate deploy; do
  n=$((n + 1))
  if [ "$n" -ge 3 ]; then
    break
  fi
  sleep 5
done
echo "finished"
