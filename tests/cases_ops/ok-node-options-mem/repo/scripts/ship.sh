#!/usr/bin/env bash
set -euo pipefail
export NODE_OPTIONS=--max-old-space-size=4096
node scripts/deploy-db.js
