#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
for arg; do
  case $arg in
    --yes) YES=1 ;;
  esac
done
[ -n "${YES:-}" ] || require_ci
require_fingerprint prod

npx prisma migrate deploy
