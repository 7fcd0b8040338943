#!/usr/bin/env bash
set -euo pipefail
export CI
printf -v CI "%s" "true"
node scripts/deploy-db.js
