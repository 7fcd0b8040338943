#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
if ! npx prisma migrate deploy; then
  exit 1
fi
echo done
