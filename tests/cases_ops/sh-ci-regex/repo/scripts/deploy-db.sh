#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
[[ ${CI:-} =~ ^(true|1)$ ]] || { echo no >&2; exit 1; }
require_fingerprint prod

npx prisma migrate deploy
