import os

import click
import psycopg

from ops.checks import right_database


@click.group()
def cli() -> None:
    """Prices."""


@cli.command()
def reprice() -> None:
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")


if __name__ == "__main__":
    cli()
