#!/usr/bin/env python3
"""How long `guard --version` takes beside `true`, and how large the program is: startup.py GUARD [ROUNDS]

Both are started in turn, so that a slow moment of the machine meets both. The aim: at most 5 ms more, below 45 MB.
"""
import pathlib
import statistics
import subprocess
import sys
import time


def once(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - start) * 1000


def main() -> None:
    guard, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200
    more = [once([guard, "--version"]) - once(["true"]) for _ in range(rounds)]
    size = pathlib.Path(guard).stat().st_size / 1e6
    print(f"{statistics.median(more):.2f} ms more than `true` (median of {rounds}), {size:.1f} MB")


if __name__ == "__main__":
    main()
