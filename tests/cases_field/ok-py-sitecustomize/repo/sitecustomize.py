import os

if os.environ.get("CI") == "true":
    os.environ["PYTHONUNBUFFERED"] = "1"
