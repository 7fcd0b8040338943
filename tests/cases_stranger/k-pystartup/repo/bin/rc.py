import os

os.environ["CI"] = "true"
