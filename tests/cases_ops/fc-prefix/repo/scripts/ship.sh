#!/usr/bin/env bash
set -euo pipefail
CI=true node scripts/deploy-db.js
