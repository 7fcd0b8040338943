"""Explains: DELETE FROM members is forbidden; so is os.environ["CI"] = "true"."""
# psycopg.connect(...).execute("DROP TABLE members")
import logging

import psycopg  # noqa: F401

logging.info("never run %s", "TRUNCATE members")
HELP = "run: psql -c 'DELETE FROM members'"
print(HELP)
