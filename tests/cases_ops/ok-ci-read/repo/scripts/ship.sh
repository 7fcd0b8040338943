#!/usr/bin/env bash
set -euo pipefail
if [ "${CI:-}" = true ]; then echo ci; fi
node scripts/deploy-db.js
