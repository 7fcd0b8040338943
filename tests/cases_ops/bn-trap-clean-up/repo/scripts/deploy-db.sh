#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
work="$(mktemp -d)"
clean_up() { rm -rf "$work"; }
trap clean_up EXIT
trap 'echo interrupted >&2' INT
printf -v stamp '%s' "$(date)"
require_ci
require_fingerprint prod
npx prisma migrate deploy
