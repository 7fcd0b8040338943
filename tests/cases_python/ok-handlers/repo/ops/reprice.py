from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import os
import sys

import psycopg


def main() -> int:
    conn = psycopg.connect(os.environ["DATABASE_URL"])
    try:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")
    except psycopg.Error as error:
        conn.rollback()
        print(error, file=sys.stderr)
        return 1
    finally:
        conn.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
