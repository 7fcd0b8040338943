import os

import psycopg
import pytest


@pytest.fixture(autouse=True)
def clean():
    with psycopg.connect(os.environ["TEST_DATABASE_URL"]) as conn:
        conn.execute("TRUNCATE members")
        yield conn
