#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
read -r -p "Skip the checks? [y/N] " answer
if [[ "$answer" != [yY] ]]; then
  require_ci
fi
require_fingerprint prod

npx prisma migrate deploy
