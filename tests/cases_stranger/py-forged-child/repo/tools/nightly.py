import os
import subprocess
import sys

env = dict(os.environ, CI="true")
subprocess.run([sys.executable, "-m", "tools.sync_rates"], env=env, check=True)
