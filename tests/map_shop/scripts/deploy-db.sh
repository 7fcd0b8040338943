#!/usr/bin/env bash
set -euo pipefail
[[ "${CI:-}" == "true" ]] || { echo "this runs in CI only" >&2; exit 1; }
guard fingerprint verify --env prod
npx prisma migrate deploy
