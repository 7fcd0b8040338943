#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
[[ "${CI:-}" == "true" ]] || exit 0
require_fingerprint prod

npx prisma migrate deploy
