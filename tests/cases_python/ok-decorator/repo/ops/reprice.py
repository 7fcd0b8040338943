import functools
import os

import psycopg

from ops.checks import only_in_ci, right_database


def guarded(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        only_in_ci(function.__name__)
        right_database("prod")
        return function(*args, **kwargs)

    return inner


@guarded
def main() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")


if __name__ == "__main__":
    main()
