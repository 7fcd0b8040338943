import os
import sys

import psycopg

psycopg.connect(os.environ["DATABASE_URL"])
sys.exit("use reprice")
