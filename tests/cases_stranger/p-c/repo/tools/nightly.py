import os, subprocess, sys
env = os.environ.copy()
env["CI"] = "true"
subprocess.run(["python3", "-m", "tools.sync_rates"], env=env, check=True)
