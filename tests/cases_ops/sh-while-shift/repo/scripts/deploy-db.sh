#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
local_run=false
while [ $# -gt 0 ]; do
  case "$1" in
    --local) local_run=true; shift ;;
    *) shift ;;
  esac
done
$local_run || require_ci
require_fingerprint prod

npx prisma migrate deploy
