#!/usr/bin/env bash
set -euo pipefail

ssh deploy@app-1 <<'EOS'
tail -n 100 /var/log/app.log
psql "$DATABASE_URL" -c "SELECT count(*) FROM sessions"
EOS
cat <<'EOS'
Run `npx prisma migrate deploy` and then psql -c "DELETE FROM sessions"
EOS
bash -s x <<'EOS'
echo "nothing"
EOS
