#!/usr/bin/env bash
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib/guards.sh"
require_ci
require_fingerprint prod
echo "$TLS_CERT" | base64 -d > cert.pem
npx prisma migrate deploy
