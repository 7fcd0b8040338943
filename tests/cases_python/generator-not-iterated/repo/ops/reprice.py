import os
import sys

import psycopg

from ops.checks import right_database


def only_here():
    if os.environ.get("CI") != "true":
        sys.exit("CI only")
    yield


only_here()
right_database("prod")
with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE prices SET cents = 1, since = now()")
