#!/usr/bin/env bash
set -euo pipefail
NODE_OPTIONS='--import ./scripts/pre.mjs' node scripts/deploy-db.js
