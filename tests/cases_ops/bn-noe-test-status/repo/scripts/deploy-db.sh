#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
npx prisma migrate deploy
if [ $? -ne 0 ]; then
  exit 1
fi
echo done
