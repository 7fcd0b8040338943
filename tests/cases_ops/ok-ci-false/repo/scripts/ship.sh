#!/usr/bin/env bash
set -euo pipefail
CI=false npm run build
node scripts/deploy-db.js
