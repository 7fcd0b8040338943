#!/usr/bin/env bash
set -euo pipefail
env -S "CI=true node scripts/deploy-db.js"
