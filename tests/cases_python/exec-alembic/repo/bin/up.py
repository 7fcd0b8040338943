import os

os.execvp("alembic", ["alembic", "upgrade", "head"])
