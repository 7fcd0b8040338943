import os

import psycopg
from celery import shared_task


@shared_task
def purge_members():
    with psycopg.connect(os.environ["DATABASE_URL"]) as conn:
        conn.execute("DELETE FROM members")
