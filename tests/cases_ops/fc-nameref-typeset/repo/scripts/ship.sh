#!/usr/bin/env bash
set -euo pipefail
typeset -n slot=CI
slot=true
export CI
node scripts/deploy-db.js
