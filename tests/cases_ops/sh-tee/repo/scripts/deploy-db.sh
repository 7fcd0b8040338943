#!/usr/bin/env bash
set -eu

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
npx prisma migrate deploy 2>&1 | tee deploy.log
