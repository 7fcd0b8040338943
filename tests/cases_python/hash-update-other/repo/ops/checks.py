import hashlib
import os
import sys

MARKS = {"staging": "0a1b2c3d4e5f6071", "prod": "8192a3b4c5d6e7f8"}


def only_in_ci(what: str) -> None:
    if os.environ.get("CI") != "true":
        sys.exit(f"{what} runs in CI only")


def right_database(environment: str) -> None:
    mark = hashlib.sha256()
    mark.update(os.environ["DATABASE_URL"].encode())
    if mark.hexdigest()[:16] != MARKS[environment]:
        sys.exit("not the mark")
