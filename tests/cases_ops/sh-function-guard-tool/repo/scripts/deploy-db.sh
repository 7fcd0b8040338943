#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
guard() { echo "guard $*"; }
guard proof --env prod
guard fingerprint verify prod
require_ci
require_fingerprint prod

npx prisma migrate deploy
