import os

import psycopg

CONNECTION = psycopg.connect(os.environ["DATABASE_URL"])
CONNECTION.execute("UPDATE prices SET cents = 2, since = now()")
