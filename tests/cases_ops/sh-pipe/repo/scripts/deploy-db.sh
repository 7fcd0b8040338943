#!/bin/bash
set -e
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci | tee guard.log
require_fingerprint prod

npx prisma migrate deploy
