import os

from sqlalchemy import create_engine, text

from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")
engine = create_engine(os.environ.get("LEGACY_URL"))
with engine.begin() as conn:
    conn.execute(text("UPDATE prices SET cents = 1, since = now()"))
