from ops.checks import only_in_ci, right_database

only_in_ci("reprice")
right_database("prod")

import subprocess

subprocess.check_call(["alembic", "upgrade", "head"])
