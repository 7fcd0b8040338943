import argparse
import os

import psycopg

from ops.checks import only_in_ci, right_database


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--yes", action="store_true")
    args = parser.parse_args()
    if not args.yes:
        only_in_ci("reprice")
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")


if __name__ == "__main__":
    main()
