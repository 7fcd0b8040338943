#!/usr/bin/env bash
set -euo pipefail
export NODE_OPTIONS='--max-old-space-size=4096 -r ./scripts/pre.cjs'
npm run build
node scripts/build.js
