import os
import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("UPDATE orders SET status = 'closed' WHERE status = 'stuck'")
    connection.execute("DELETE FROM audit_log WHERE note = ''")
