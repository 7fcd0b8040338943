import os

import psycopg

with psycopg.connect(os.environ["DEV_DATABASE_URL"]) as conn:
    conn.execute("INSERT INTO members (email, plan) VALUES ('a@example.invalid', 'gold')")
