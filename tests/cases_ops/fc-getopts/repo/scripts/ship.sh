#!/usr/bin/env bash
set -euo pipefail
export CI
set -- true
CI=$1
node scripts/deploy-db.js
