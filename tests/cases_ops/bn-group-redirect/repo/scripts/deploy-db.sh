#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
{
  echo start
  npx prisma migrate deploy
  echo done
} > deploy.log 2>&1
