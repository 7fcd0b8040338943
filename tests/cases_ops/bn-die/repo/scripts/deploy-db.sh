#!/usr/bin/env bash
set -euo pipefail

die() { echo "$*" >&2; exit 1; }
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
test "${CI:-}" = true || die "CI only"
require_fingerprint prod

npx prisma migrate deploy
