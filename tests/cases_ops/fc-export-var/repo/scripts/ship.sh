#!/usr/bin/env bash
set -euo pipefail
k=CI
export "$k=true"
node scripts/deploy-db.js
