#!/usr/bin/env bash
set -euo pipefail
NODE_OPTIONS=--require=./scripts/pre.cjs node scripts/deploy-db.js
