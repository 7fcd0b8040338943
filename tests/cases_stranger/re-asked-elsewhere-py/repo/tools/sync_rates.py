import os

import psycopg

from tools.guards import require_ci, require_fingerprint

require_ci("sync_rates")
require_fingerprint("prod")

with psycopg.connect(os.environ["REPORTING_URL"]) as connection:
    connection.execute("UPDATE rates SET per_euro = 1 WHERE currency = 'EUR'")
