from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import contextlib
import os

import psycopg

NOTES = {"tea": 3}

try:
    extra = NOTES["coffee"]
except KeyError:
    extra = 0
with contextlib.suppress(FileNotFoundError):
    os.remove("/tmp/reprice.log")
with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE prices SET cents = cents + %s", (extra,))
