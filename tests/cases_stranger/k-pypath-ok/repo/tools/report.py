import os

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    for row in conn.execute("SELECT currency, per_euro FROM rates"):
        print(row)
