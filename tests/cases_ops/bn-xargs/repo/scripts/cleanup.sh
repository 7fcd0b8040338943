#!/usr/bin/env bash
set -euo pipefail
find dist -name '*.map' -exec rm {} \;
find . -name '*.log' -print0 | xargs -0 rm -f
git ls-files '*.sql' | xargs -n1 npx prettier --check
