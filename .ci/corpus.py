#!/usr/bin/env python3
"""Runs guard over the corpus and holds its passes to a floor: corpus.py CORPUS GUARD FLOOR [--raise]

Open cases do not fail the run; a folder that passes fewer cases than its floor says does. With
--raise the floor is written anew where a folder passes more, and never lowered.
"""
import pathlib
import re
import subprocess
import sys


def passes(corpus: pathlib.Path, guard: pathlib.Path) -> tuple[dict[str, list[int]], list[str]]:
    """For each folder how many cases pass, and how many there are; and what the run printed."""
    done = subprocess.run(
        [str(corpus / "run"), str(guard)], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )
    lines = done.stdout.splitlines()
    if not any(re.fullmatch(r"\d+ passed, \d+ failed", line) for line in lines):
        sys.exit(f"the corpus did not run to its end:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    counts: dict[str, list[int]] = {}
    for expect in corpus.glob("*/*/expect.toml"):
        folder = expect.parent.parent.name
        counts.setdefault(folder, [0, 0])[1] += 1
    failed = {line.split(":", 1)[0] for line in lines if re.match(r"[^/\s:]+/[^/\s:]+:", line)}
    for folder, count in counts.items():
        count[0] = count[1] - sum(case.startswith(f"{folder}/") for case in failed)
    return counts, lines


def read(floor: pathlib.Path) -> dict[str, int]:
    rows = (line.split("#")[0].split() for line in floor.read_text().splitlines())
    return {row[0]: int(row[1]) for row in rows if row}


def main() -> None:
    raising = "--raise" in sys.argv
    arguments = [word for word in sys.argv[1:] if word != "--raise"]
    if len(arguments) != 3:
        sys.exit(__doc__)
    corpus, guard, floor_file = (pathlib.Path(word).resolve() for word in arguments)
    counts, lines = passes(corpus, guard)
    # The corpus' own closing line would be read as this run's count of tests.
    print("\n".join(line for line in lines if not re.fullmatch(r"\d+ passed, \d+ failed", line)))
    floor = read(floor_file)
    sunk = []
    for folder, (passed, total) in sorted(counts.items()):
        print(f"{folder:12} {passed:3} of {total:3}, floor {floor.get(folder, 0)}")
        if passed < floor.get(folder, 0):
            sunk.append(folder)
    if sunk:
        sys.exit(f"fewer cases pass than before in {', '.join(sunk)}")
    if raising:
        rows = [f"{folder} {max(passed, floor.get(folder, 0))}\n" for folder, (passed, _) in sorted(counts.items())]
        floor_file.write_text("# Cases of the corpus that pass, by folder. It only rises: .ci/corpus.py … --raise\n" + "".join(rows))


if __name__ == "__main__":
    main()
