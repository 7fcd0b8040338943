import os

import psycopg

from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

with psycopg.connect(os.environ["REPORTING_DATABASE_URL"]) as conn:
    conn.execute("UPDATE prices SET cents = 1, since = now()")
