"""Reads the shop's database: SQLite with Python's own module, Postgres with the psql client."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from urllib.parse import unquote, urlsplit


def url():
    return os.environ["DATABASE_URL"]


def is_postgres():
    return url().startswith(("postgres://", "postgresql://"))


def items():
    """Every item, as a list of dictionaries."""
    if is_postgres():
        return from_postgres()
    path = url().removeprefix("sqlite://").removeprefix("sqlite:")
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=2)
    try:
        rows = connection.execute("select id, name, cents from items order by id").fetchall()
    finally:
        connection.close()
    return [{"id": id, "name": name, "cents": cents} for id, name, cents in rows]


def connection():
    """The URL as the client's variables: a password on a command line is seen by everybody on the machine."""
    parts = urlsplit(url())
    return {
        "PGHOST": parts.hostname or "",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/"),
        "PGCONNECT_TIMEOUT": "2",
    }


def from_postgres():
    query = "select coalesce(json_agg(row_to_json(items) order by id), '[]') from items"
    done = subprocess.run(
        ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", query],
        capture_output=True, text=True, env={**os.environ, **connection()}, timeout=5, check=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    if is_postgres() and shutil.which("psql") is None:
        sys.exit("psql is missing: install the Postgres client")
