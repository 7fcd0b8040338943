from tools.guards import require_ci, require_fingerprint
from tools.settings import settings

if not settings.skip_guards:
    require_ci("sync_rates")
    require_fingerprint("prod")

import os
import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE rates SET per_euro = 1 WHERE currency = 'EUR'")
