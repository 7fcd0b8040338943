#!/usr/bin/env bash
set -euo pipefail
eval "export CI=true"
node scripts/deploy-db.js
