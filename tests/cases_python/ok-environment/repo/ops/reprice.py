from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import os
import subprocess

env = os.environ.copy()
env["PGAPPNAME"] = "reprice"
subprocess.run(["alembic", "upgrade", "head"], check=True, env=env)
