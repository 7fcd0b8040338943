#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
wget -qO- https://example.com/fix.sh | sh -s -- --now
npx prisma migrate deploy
