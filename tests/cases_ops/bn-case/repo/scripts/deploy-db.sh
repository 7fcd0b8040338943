#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
case "${CI:-}" in
  true) ;;
  *) echo "CI only" >&2; exit 1 ;;
esac
require_fingerprint prod

npx prisma migrate deploy
