import os
import runpy

os.environ["CI"] = "true"
runpy.run_path("ops/reprice.py", run_name="__main__")
