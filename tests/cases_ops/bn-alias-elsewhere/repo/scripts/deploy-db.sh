#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
alias ll='ls -l'
log() { echo "[deploy] $*"; }
require_ci
require_fingerprint prod
log "deploying"

npx prisma migrate deploy
