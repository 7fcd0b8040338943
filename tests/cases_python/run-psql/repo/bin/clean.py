import os
import subprocess

subprocess.run(
    ["psql", os.environ["DATABASE_URL"], "-c", "DELETE FROM members WHERE plan = 'none'"],
    check=True,
)
