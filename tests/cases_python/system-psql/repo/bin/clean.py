import os

table = "members"
os.system(f"psql $DATABASE_URL -c 'TRUNCATE {table}'")
