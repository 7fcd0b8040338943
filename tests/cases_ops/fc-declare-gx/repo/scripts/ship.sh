#!/usr/bin/env bash
set -euo pipefail
declare -gx C"I"=true
node scripts/deploy-db.js
