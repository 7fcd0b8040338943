#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
verbose=0
for arg in "$@"; do
  case "$arg" in
    -v|--verbose) verbose=1 ;;
  esac
done
while IFS= read -r line; do
  echo "$line"
done < CHANGELOG.md
if (( verbose )); then echo "deploying"; fi

npx prisma migrate deploy
