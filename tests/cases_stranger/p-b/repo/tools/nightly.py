import os, subprocess, sys
env = {**os.environ, "CI": "true"}
subprocess.run([sys.executable, "-m", "tools.sync_rates"], env=env, check=True)
