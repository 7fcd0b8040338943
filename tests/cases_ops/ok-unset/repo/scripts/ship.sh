#!/usr/bin/env bash
set -euo pipefail
unset CI
node scripts/deploy-db.js
