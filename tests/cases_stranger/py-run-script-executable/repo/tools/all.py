import subprocess, sys
subprocess.check_call([sys.executable, "tools/fix.py"])
