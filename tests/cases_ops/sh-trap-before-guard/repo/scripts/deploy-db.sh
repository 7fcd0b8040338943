#!/usr/bin/env bash
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
trap 'npx prisma migrate deploy' EXIT
require_ci
require_fingerprint prod
npx prisma migrate deploy
