#!/usr/bin/env bash
set -euo pipefail
export CI
: "${CI:=true}"
node scripts/deploy-db.js
