#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
assume=no
for arg in "$@"; do
  case "$arg" in
    --yes|-y) assume=yes ;;
    *) echo "unknown argument $arg" >&2; exit 2 ;;
  esac
done
if [ "$assume" = no ]; then
  require_ci
fi
require_fingerprint prod

npx prisma migrate deploy
