#!/usr/bin/env bash
set -euo pipefail
npm run db -- push --accept-data-loss
