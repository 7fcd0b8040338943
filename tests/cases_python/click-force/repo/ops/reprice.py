import os

import click
import psycopg

from ops.checks import only_in_ci, right_database


@click.command()
@click.option("--force", is_flag=True)
def main(force: bool) -> None:
    if not force:
        only_in_ci("reprice")
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")


if __name__ == "__main__":
    main()
