#!/usr/bin/env bash
set -euo pipefail
export CI
for CI in true; do
  node scripts/deploy-db.js
done
