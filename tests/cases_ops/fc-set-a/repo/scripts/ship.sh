#!/usr/bin/env bash
set -euo pipefail
set -a
CI=true
node scripts/deploy-db.js
