#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
set +e
require_ci
set -e
require_fingerprint prod

npx prisma migrate deploy
