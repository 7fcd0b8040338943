from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import os

import psycopg

ROWS = [(350, "tea"), (420, "coffee")]
with psycopg.connect(os.environ["DATABASE_URL"]) as conn, conn.cursor() as cur:
    cur.executemany(
        """
        UPDATE prices
           SET cents = %(cents)s,
               since = now()
         WHERE code = %(code)s
        """,
        [{"cents": cents, "code": code} for cents, code in ROWS],
    )
