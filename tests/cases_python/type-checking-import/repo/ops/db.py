import os

import psycopg

CONNECTION = psycopg.connect(os.environ["DATABASE_URL"])
