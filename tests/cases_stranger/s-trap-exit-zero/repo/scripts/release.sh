#!/usr/bin/env bash
set -euo pipefail
finish() {
  rm -rf "$work"
  exit 0
}
work=$(mktemp -d)
trap finish EXIT
source scripts/lib/guards.sh
require_ci
require_fingerprint prod
npx prisma migrate deploy
