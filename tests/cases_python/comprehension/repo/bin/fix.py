import os

import psycopg

conn = psycopg.connect(os.environ["DATABASE_URL"])
[conn.execute("UPDATE members SET plan = 'basic' WHERE id = %s", (n,)) for n in range(10)]
