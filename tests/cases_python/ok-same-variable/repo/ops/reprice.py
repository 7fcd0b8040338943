from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import psycopg

from ops import settings

with psycopg.connect(settings.DATABASE_URL) as conn:
    conn.execute("UPDATE prices SET cents = 1, since = now()")
