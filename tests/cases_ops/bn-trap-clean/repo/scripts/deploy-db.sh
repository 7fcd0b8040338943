#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if ! npx prisma migrate deploy >"$tmp/log" 2>&1; then
  cat "$tmp/log" >&2
  exit 1
fi
