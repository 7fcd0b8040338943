#!/usr/bin/env bash
set -euo pipefail
set -o allexport
CI=true
set +o allexport
node scripts/deploy-db.js
