#!/usr/bin/env bash
set -euo pipefail
typeset -x CI=true
node scripts/deploy-db.js
