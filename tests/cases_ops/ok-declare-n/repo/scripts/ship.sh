#!/usr/bin/env bash
set -euo pipefail
declare -n ref=CIRCLE
ref=true
export CIRCLE
node scripts/deploy-db.js
