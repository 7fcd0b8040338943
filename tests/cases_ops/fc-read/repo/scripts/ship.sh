#!/usr/bin/env bash
set -euo pipefail
read -r CI <<<true
export CI
node scripts/deploy-db.js
