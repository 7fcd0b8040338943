#!/usr/bin/env bash
set -euo pipefail
sudo CI=true node scripts/deploy-db.js
