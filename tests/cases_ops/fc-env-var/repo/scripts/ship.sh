#!/usr/bin/env bash
set -euo pipefail
k=CI
env "$k=true" node scripts/deploy-db.js
