#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
select mode in checked quick; do
  break
done
if [ "$mode" = checked ]; then
  require_ci
  require_fingerprint prod
fi

npx prisma migrate deploy
