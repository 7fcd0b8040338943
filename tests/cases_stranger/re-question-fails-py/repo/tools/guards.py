import os
import sys

import psycopg


def require_ci(script: str) -> None:
    if os.environ.get("CI") != "true":
        sys.exit(f"{script} runs in CI only")


def require_fingerprint(environment: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        row = connection.execute("SELECT environment FROM database_metadata").fetchone()
    if row is None or row[0] != environment:
        sys.exit(f"this is not {environment}")
