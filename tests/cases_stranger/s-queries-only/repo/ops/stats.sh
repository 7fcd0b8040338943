#!/usr/bin/env bash
set -euo pipefail
psql "$DATABASE_URL" --csv -c "SELECT relname, n_dead_tup FROM pg_stat_user_tables ORDER BY 2 DESC LIMIT 10"
mysql --batch --skip-column-names -e "SHOW PROCESSLIST; SELECT COUNT(*) FROM orders WHERE status = 'deleted'" shop
sqlite3 -readonly /var/lib/shop/cache.db ".schema" "SELECT count(*) FROM pages"
psql "$DATABASE_URL" <<'SQL'
\pset pager off
WITH updated AS (SELECT id FROM orders WHERE updated_at > now() - interval '1 day')
SELECT count(*) FROM updated;
EXPLAIN SELECT * FROM orders;
SQL
mongosh "$MONGODB_URI" --quiet --eval 'db.users.countDocuments({active: true})'
