import os

import psycopg

from ops.checks import right_database

right_database("prod")
with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE prices SET cents = 1, since = now()")
if os.environ.get("CI") != "true":
    raise SystemExit(0)
