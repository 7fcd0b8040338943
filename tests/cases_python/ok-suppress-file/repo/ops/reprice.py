import contextlib
import os

from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

with contextlib.suppress(FileNotFoundError):
    os.remove("/tmp/prices.csv")

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE prices SET cents = 1, since = now()")
