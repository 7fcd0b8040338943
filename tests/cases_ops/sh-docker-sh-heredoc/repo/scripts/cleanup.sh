#!/usr/bin/env bash
set -euo pipefail

docker exec -i app sh <<EOS
cd /srv
npx prisma migrate status
npx prisma migrate deploy
EOS
