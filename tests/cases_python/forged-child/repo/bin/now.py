import os
import subprocess
import sys

subprocess.run([sys.executable, "ops/reprice.py"], env={**os.environ, "CI": "true"}, check=True)
