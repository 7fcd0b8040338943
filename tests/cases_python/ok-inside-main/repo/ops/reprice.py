import os

import psycopg

from ops.checks import only_in_ci, right_database


def change(conn: psycopg.Connection) -> None:
    conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")


def main() -> None:
    only_in_ci("reprice")
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        change(conn)


if __name__ == "__main__":
    main()
