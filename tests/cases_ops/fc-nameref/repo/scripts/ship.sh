#!/usr/bin/env bash
set -euo pipefail
declare -n slot=CI
slot=true
export CI
node scripts/deploy-db.js
