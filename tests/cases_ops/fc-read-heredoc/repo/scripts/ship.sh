#!/usr/bin/env bash
set -euo pipefail
read -r CI <<EOF
true
EOF
export CI
node scripts/deploy-db.js
