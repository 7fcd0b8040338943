#!/usr/bin/env bash
set -euo pipefail
set -a
source ci/env.sh
set +a
node scripts/deploy-db.js
