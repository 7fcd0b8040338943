from ops.checks import only_in_ci, right_database

for check in (lambda: only_in_ci("reprice"), lambda: right_database("prod")):
    check()

import os

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute("UPDATE prices SET cents = 1, since = now()")
