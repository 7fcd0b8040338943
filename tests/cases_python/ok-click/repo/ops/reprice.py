import os

import click
import psycopg

from ops.checks import only_in_ci, right_database


@click.command()
@click.option("--code", default="tea")
@click.option("--cents", type=int, required=True)
def main(code: str, cents: int) -> None:
    only_in_ci("reprice")
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = %s WHERE code = %s", (cents, code))


if __name__ == "__main__":
    main()
