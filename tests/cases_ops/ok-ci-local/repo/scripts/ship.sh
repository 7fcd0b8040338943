#!/usr/bin/env bash
set -euo pipefail
CI_IMAGE=x
for CIRCLE in a b; do echo "$CIRCLE"; done
node scripts/deploy-db.js
