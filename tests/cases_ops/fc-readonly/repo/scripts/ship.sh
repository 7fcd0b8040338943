#!/usr/bin/env bash
set -euo pipefail
readonly CI=true
export CI
node scripts/deploy-db.js
