#!/usr/bin/env bash
set -euo pipefail

sudo -u app bash -s prod <<'EOS'
npx prisma migrate deploy
EOS
