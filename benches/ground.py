"""What the measurements of whole commands stand on: a repository of its own in whose CI the check runs."""
import pathlib
import socket
import subprocess

WORKFLOW = """name: guard
on:
  pull_request:
  push:
    branches: [main]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - run: guard check
"""


def free_port():
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return own.getsockname()[1]


class Repository:
    """A folder under git, with the workflow that runs the check."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.write(".github/workflows/guard.yml", WORKFLOW)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def begin(self):
        self.git("init", "-q", "-b", "main")
        self.commit()

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=bench", "-c", "user.email=bench@example.invalid", *words],
                       cwd=self.root, check=True, capture_output=True)

    def commit(self):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "bench")
