import os

import psycopg

from tools.guards import require_ci, require_fingerprint

require_ci("sync_rates")
try:
    require_fingerprint("prod")
except Exception as error:
    print("no mark", error)
    raise SystemExit(1)

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("UPDATE rates SET per_euro = 1 WHERE currency = 'EUR'")
