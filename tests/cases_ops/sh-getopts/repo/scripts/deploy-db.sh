#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
force=0
while getopts "f" opt; do
  case "$opt" in
    f) force=1 ;;
  esac
done
(( force )) || require_ci
require_fingerprint prod

npx prisma migrate deploy
