#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
source "$(dirname "${BASH_SOURCE[0]}")/lib/log.sh"
require_ci
require_fingerprint prod
log info "deploying"
npx prisma migrate deploy
