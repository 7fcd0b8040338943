import os

import psycopg

from ops.checks import right_database


def ci_only(function):
    return function


@ci_only
def main() -> None:
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")


main()
