#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
for step in one two; do
  npx prisma migrate deploy
done
