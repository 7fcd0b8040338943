import shlex
import subprocess

subprocess.check_call(shlex.split("alembic upgrade head"))
