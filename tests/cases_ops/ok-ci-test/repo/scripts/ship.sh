#!/usr/bin/env bash
set -euo pipefail
CI=true npm test
export CI=true
npm run lint
