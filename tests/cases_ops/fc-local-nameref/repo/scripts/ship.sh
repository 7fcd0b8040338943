#!/usr/bin/env bash
set -euo pipefail
mark() { local -n ref=$1; ref=true; export "$1"; }
mark CI
node scripts/deploy-db.js
