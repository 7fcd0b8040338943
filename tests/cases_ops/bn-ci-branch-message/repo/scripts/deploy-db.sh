#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
if [ -n "${GITHUB_SHA:-}" ]; then
  version="$GITHUB_SHA"
else
  version="local"
fi
require_ci
require_fingerprint prod
echo "deploying $version"
npx prisma migrate deploy
