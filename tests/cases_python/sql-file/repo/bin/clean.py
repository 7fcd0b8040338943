import os
from pathlib import Path

import psycopg

with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
    conn.execute((Path(__file__).parent / "clean.sql").read_text())
