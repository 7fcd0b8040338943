import os
from contextlib import contextmanager

import psycopg

from ops.checks import only_in_ci, right_database


@contextmanager
def production():
    only_in_ci("reprice")
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        yield conn
    print("done")


if __name__ == "__main__":
    with production() as conn:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")
