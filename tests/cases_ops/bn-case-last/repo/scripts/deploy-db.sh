#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
case "${1:-deploy}" in
  deploy) npx prisma migrate deploy ;;
  status) npx prisma migrate status || true ;;
  *) exit 2 ;;
esac
