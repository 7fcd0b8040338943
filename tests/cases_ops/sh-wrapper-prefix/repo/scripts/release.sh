#!/usr/bin/env bash
set -euo pipefail

CI=true npm run deploy:db
