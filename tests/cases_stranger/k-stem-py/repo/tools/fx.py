from tools.guards import require_ci, require_fingerprint

require_ci("fx")
require_fingerprint("prod")

import os  # noqa: E402

import psycopg  # noqa: E402

with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE rates SET per_euro = %s WHERE currency = %s", ("0.95", "CHF"))
