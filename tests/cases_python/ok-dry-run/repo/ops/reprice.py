import argparse
import os

import psycopg

from ops.checks import only_in_ci, right_database


def main() -> None:
    only_in_ci("reprice")
    right_database("prod")
    parser = argparse.ArgumentParser()
    parser.add_argument("--dry-run", action="store_true")
    args = parser.parse_args()
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        rows = conn.execute("SELECT code, cents FROM prices").fetchall()
        if args.dry_run:
            print(rows)
            return
        conn.execute("UPDATE prices SET cents = cents + 1")


if __name__ == "__main__":
    main()
