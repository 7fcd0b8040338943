#!/usr/bin/env bash
set -euo pipefail
(( CI = 1 ))
export CI
node scripts/deploy-db.js
