#!/usr/bin/env bash
set -euo pipefail
declare -x CI=true
node scripts/deploy-db.js
