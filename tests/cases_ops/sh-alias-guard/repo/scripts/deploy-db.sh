#!/usr/bin/env bash
set -euo pipefail
shopt -s expand_aliases

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
alias require_ci=true
require_ci
require_fingerprint prod

npx prisma migrate deploy
