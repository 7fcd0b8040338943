import os

import psycopg
import typer

from ops.checks import only_in_ci, right_database

app = typer.Typer()


@app.command()
def reprice(local: bool = typer.Option(False)) -> None:
    if not local:
        only_in_ci("reprice")
    right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = 1 WHERE code = 'tea'")


if __name__ == "__main__":
    app()
