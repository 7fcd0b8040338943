import os
import psycopg
psycopg.connect(os.environ["DATABASE_URL"], autocommit=True).execute("DELETE FROM customers")
