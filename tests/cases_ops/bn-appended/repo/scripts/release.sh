#!/usr/bin/env bash
set -euo pipefail
npm run orm -- generate
npm test -- --coverage
npm run lint -- --fix
pnpm orm validate
