import os

import click
import psycopg

from ops.checks import only_in_ci, right_database


@click.group()
def cli() -> None:
    only_in_ci("reprice")
    right_database("prod")


@cli.command()
@click.argument("code")
def up(code: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = cents + 1 WHERE code = %s", (code,))


if __name__ == "__main__":
    cli()
