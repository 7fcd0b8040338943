from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.db import CONNECTION

from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import os

import psycopg


def main(conn: "CONNECTION") -> None:
    conn.execute("UPDATE prices SET cents = 1, since = now()")


with psycopg.connect(os.environ["DATABASE_URL"]) as held:
    main(held)
