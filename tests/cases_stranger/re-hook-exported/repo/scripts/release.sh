#!/usr/bin/env bash
set -euo pipefail
export HUSKY=0
git commit -am "release $1"
git push origin main
