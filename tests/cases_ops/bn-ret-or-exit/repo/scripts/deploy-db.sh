#!/bin/bash
source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci || exit 1
require_fingerprint prod || exit 1
npx prisma migrate deploy || exit 1
