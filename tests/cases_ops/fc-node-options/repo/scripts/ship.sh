#!/usr/bin/env bash
set -euo pipefail
export NODE_OPTIONS='-r ./scripts/pre.cjs'
node scripts/deploy-db.js
