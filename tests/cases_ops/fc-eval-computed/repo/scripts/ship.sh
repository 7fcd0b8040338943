#!/usr/bin/env bash
set -euo pipefail
k=CI
eval "export $k=true"
node scripts/deploy-db.js
