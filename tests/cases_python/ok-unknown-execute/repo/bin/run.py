from toolbox import engine

import psycopg

engine.plan().execute("delete from the list of steps, then go on")
engine.plan().execute("SELECT 1 FROM members")
