#!/usr/bin/env bash
set -euo pipefail
printf -v CI %s true
export CI
node scripts/deploy-db.js
