#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
if [ "${CI,,}" != true ]; then echo no; exit 1; fi
require_fingerprint prod

npx prisma migrate deploy
