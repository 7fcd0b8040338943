from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import subprocess
import sys

done = subprocess.run(["alembic", "upgrade", "head"])
if done.returncode != 0:
    sys.exit(done.returncode)
