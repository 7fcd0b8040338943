#!/usr/bin/env bash
set -euo pipefail
env -i PATH="$PATH" CI=true DATABASE_URL="$DATABASE_URL" node scripts/deploy-db.js
