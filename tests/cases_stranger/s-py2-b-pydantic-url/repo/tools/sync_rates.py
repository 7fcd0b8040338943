from tools.guards import require_ci, require_fingerprint

require_ci("sync_rates")
require_fingerprint("prod")

import psycopg  # noqa: E402

from tools.settings import settings  # noqa: E402

with psycopg.connect(settings.database_url, connect_timeout=settings.timeout) as conn:
    conn.execute("UPDATE rates SET per_euro = 1 WHERE currency = 'EUR'")
    if settings.verbose:
        print("done")
