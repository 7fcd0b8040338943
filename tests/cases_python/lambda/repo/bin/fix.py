import os

import psycopg

conn = psycopg.connect(os.environ["DATABASE_URL"])
wipe = lambda table: conn.execute("DELETE FROM " + table)
wipe("members")
