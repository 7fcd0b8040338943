import os

import psycopg
import typer

from ops.checks import only_in_ci, right_database

app = typer.Typer()


@app.command()
def main(skip_checks: bool = typer.Option(False, "--skip-checks")):
    if not skip_checks:
        only_in_ci("reprice")
        right_database("prod")
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("UPDATE prices SET cents = 1, since = now()")


if __name__ == "__main__":
    app()
