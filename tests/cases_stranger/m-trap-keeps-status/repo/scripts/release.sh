#!/usr/bin/env bash
set -euo pipefail
work=$(mktemp -d)
finish() {
  local status=$?
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'rm -f "$work/lock"; exit' INT TERM EXIT
source scripts/lib/guards.sh
require_ci
require_fingerprint prod
npx prisma migrate deploy
