#!/usr/bin/env bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
npm ci &&
  npx prisma migrate deploy &&
  echo ok
