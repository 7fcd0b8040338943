#!/usr/bin/env python3
"""Compares `guard check` with rg, oxlint, ast-grep, semgrep and zizmor by CPU time, as whole processes.

    benches/compare.py GUARD REPOSITORY [--rounds N] [--json FILE]
    benches/compare.py GUARD --make FOLDER [--files N]     make a repository to measure on

CPU time is user and system time of the process and all its children, as the kernel charged it. Every
tool runs once to warm the cache, then all of them in turn, round by round; reported is the median of the
rounds' ratios. Tools that are not installed are named as missing. ast-grep and semgrep are asked the same question by
the rules of benches/rules.py; zizmor reads workflows alone, so it is compared on a repository of the workflows alone.
The method and the aims stand in docs/performance.md.
"""
import argparse
import json
import os
import pathlib
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import rules

# Seconds of processor time above which a tool is run once.
ONCE = 60

# What makes guard parse a file, roughly: rg is asked for the same, as bytes and ASCII classes.
TRIGGERS = [
    "prisma", "knex", "drizzle", "typeorm", "sequelize", "kysely", "supabase", "mysql2", "better-sqlite3",
    r"\bpg\b", "psql", "pg_restore", "pg_dump", "mysql", "mariadb", "sqlite3", "sqlcmd", "flyway", "liquibase",
    "atlas", "dbmate", "goose", "alembic", "sqlx", "hasura", "wrangler", r"manage\.py", "artisan",
    "DATABASE_URL", r"(?i)insert\s+into", r"(?i)delete\s+from", r"(?i)\btruncate\b", r"(?i)update\s+\w+\s+set",
    r"(?i)alter\s+table", r"(?i)drop\s+(table|database|schema)", r"\bguard\b", r"\bCI\b",
    r"--no-verify", "hooksPath",
]

def measure(command: list[str], folder: pathlib.Path, codes: set[int]) -> dict[str, float]:
    """CPU and wall seconds, and the peak memory in MiB, of one run."""
    start = time.monotonic()
    child = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in codes:
        sys.exit(f"{' '.join(command)} ended with {child.returncode}: nothing to compare")
    cpu = usage.ru_utime + usage.ru_stime
    return {"cpu": cpu, "wall": wall, "memory": usage.ru_maxrss / 1024, "code": child.returncode}


def tools(guard: str, scratch: pathlib.Path) -> dict[str, tuple[list[str], set[int]]]:
    """Commands by name, with the exit codes that mean that they ran."""
    rules.written(scratch)
    # Its own starter looks for a newer one; the program behind it is the same.
    semgrep = "pysemgrep" if shutil.which("pysemgrep") else "semgrep"
    # Tracked files are what guard reads: no ignore file hides anything from it, hidden files count.
    rg = ["rg", "--no-config", "--hidden", "--no-ignore", "--glob", "!.git", "--no-unicode", "--count", "--text"]
    for word in TRIGGERS:
        rg += ["-e", word]
    return {
        "guard": ([guard, "check", "--format", "json"], {0, 1}),
        "rg": ([*rg, "."], {0, 1}),
        "oxlint": (["oxlint", "-A", "all", "-D", "no-debugger", "."], {0, 1}),
        "ast-grep": (["ast-grep", "scan", "--rule", str(scratch / "ast-grep.yml"), "."], {0, 1}),
        "ast-grep, by names": (["ast-grep", "scan", "--rule", str(scratch / "ast-grep-names.yml"), "."], {0, 1}),
        "semgrep": (
            [semgrep, "scan", "--quiet", "--metrics=off", "--disable-version-check", "--config", str(scratch / "semgrep.yml"), "."],
            {0, 1},
        ),
    }


def on_workflows(guard: str, repository: pathlib.Path, scratch: pathlib.Path, rounds: int) -> dict | None:
    """guard and zizmor on the workflows alone."""
    listed = subprocess.run(["git", "ls-files", "-z", ".github"], cwd=repository, capture_output=True, text=True, check=True)
    files = [name for name in listed.stdout.split("\0") if name.endswith((".yml", ".yaml"))]
    if not shutil.which("zizmor") or not files:
        return None
    folder = scratch / "workflows"
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(repository / name, folder / name)
    commit(folder)
    commands = {
        "guard": ([guard, "check", "--format", "json"], {0, 1}),
        # Without --offline it would ask for what it cannot know from the files; 11 to 14 are findings, 3: no workflow.
        "zizmor": (["zizmor", "--offline", "--quiet", "--no-progress", "."], {0, 3, 11, 12, 13, 14}),
    }
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, (command, codes) in commands.items():
            done = measure(command, folder, codes)
            if name == "zizmor" and done["code"] == 3:
                return None
            if turn:
                runs[name].append(done)
    return {
        "files": len(files),
        "guard": statistics.median(run["cpu"] for run in runs["guard"]),
        "zizmor": statistics.median(run["cpu"] for run in runs["zizmor"]),
        "times_guard": statistics.median(z["cpu"] / max(g["cpu"], 1e-6) for g, z in zip(runs["guard"], runs["zizmor"])),
        "version": version("zizmor"),
    }


def version(command: str) -> str:
    done = subprocess.run([command, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return (done.stdout.strip() or done.stderr.strip()).splitlines()[0] if done.returncode == 0 else "?"


def files_of(repository: pathlib.Path) -> int:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=repository, capture_output=True, check=True)
    return done.stdout.count(b"\0")


def compare(guard: str, repository: pathlib.Path, rounds: int, without: list[str]) -> dict:
    with tempfile.TemporaryDirectory() as scratch:
        wanted = tools(guard, pathlib.Path(scratch))
        there = {name: run for name, run in wanted.items() if shutil.which(run[0][0]) and name not in without}
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in there}
        # A cold cache costs nothing that counts to what takes longer than this: its first run is its only one.
        first = {name: measure(command, repository, codes) for name, (command, codes) in there.items()}
        once = {name for name, run in first.items() if run["cpu"] > ONCE}
        for _ in range(rounds):
            for name, (command, codes) in there.items():
                runs[name].append(first[name] if name in once else measure(command, repository, codes))
        workflows = on_workflows(guard, repository, pathlib.Path(scratch), rounds)
        staged = [measure([guard, "check", "--staged", "--format", "json"], repository, {0, 1}) for _ in range(rounds)]
    result = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "repository": str(repository),
        "files": files_of(repository),
        "rounds": rounds,
        "missing": sorted(set(wanted) - set(there)),
        "workflows": workflows,
        "staged_wall": statistics.median(run["wall"] for run in staged),
        "tools": {},
    }
    for name, measured in runs.items():
        ratios = [run["cpu"] / max(own["cpu"], 1e-6) for run, own in zip(measured, runs["guard"])]
        result["tools"][name] = {
            "version": version(there[name][0][0]),
            "cpu": statistics.median(run["cpu"] for run in measured),
            "memory": max(run["memory"] for run in measured),
            "times_guard": statistics.median(ratios),
            "least": min(ratios),
            "most": max(ratios),
        }
    return result


def aims(result: dict) -> list[tuple[str, bool]]:
    """The aims of docs/performance.md that this run can speak of."""
    got = result["tools"]
    guard = got["guard"]
    out = [("memory below 300 MB", guard["memory"] < 300), ("--staged below 0.2 s", result["staged_wall"] < 0.2)]
    limits = [2 * got["rg"]["times_guard"]] if "rg" in got else []
    limits += [1.5 * got["oxlint"]["times_guard"]] if "oxlint" in got else []
    if limits:
        out.append(("at most 2 times rg or 1.5 times oxlint", max(limits) >= 1))
    for name, least in (("ast-grep", 8), ("ast-grep, by names", 8), ("semgrep", 80)):
        if name in got:
            out.append((f"{least} times faster than {name}", got[name]["times_guard"] >= least))
    return out


def show(result: dict) -> None:
    print(f"{result['repository']}: {result['files']} files, {result['rounds']} rounds, {result['machine']}")
    print(f"{'tool':18} {'CPU s':>8} {'x guard':>8} {'least':>7} {'most':>7} {'MiB':>7}  version")
    for name, row in result["tools"].items():
        print(
            f"{name:18} {row['cpu']:8.3f} {row['times_guard']:8.2f} {row['least']:7.2f} {row['most']:7.2f} "
            f"{row['memory']:7.0f}  {row['version']}"
        )
    if held := result["workflows"]:
        print(
            f"on the {held['files']} workflow files alone: guard {held['guard']:.3f} s, {held['version']} {held['zizmor']:.3f} s "
            f"({held['times_guard']:.2f} x guard)"
        )
    print(f"guard check --staged: {result['staged_wall']:.3f} s of wall-clock time")
    if result["missing"]:
        print(f"not installed or left out, so not compared: {', '.join(result['missing'])}")
    if result["files"] < 10_000:
        print("the aims are for repositories of 10,000 files or more")
    for what, met in aims(result):
        print(f"{'met ' if met else 'MISSED'} {what}")


def commit(folder: pathlib.Path) -> None:
    git = ["git", "-c", "user.name=b", "-c", "user.email=b@example.invalid"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "made"]):
        subprocess.run([*git, *command], cwd=folder, check=True)


def make(folder: pathlib.Path, files: int) -> None:
    """A repository of plain application code, some of it near a database; the same bytes every time."""
    dice = random.Random(7)
    words = "order price user name total count page list item view state query result index value cache".split()
    for number in range(files):
        kind = dice.random()
        path = folder / f"packages/p{number % 97}/src/{dice.choice(words)}{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = []
        for line in range(dice.randint(20, 160)):
            a, b = dice.choice(words), dice.choice(words)
            lines.append(f"export function {a}{line}({b}: number): number {{ return {b} * {line} + {number}; }}")
        if kind < 0.03:
            lines.append('import { db } from "@acme/db";')
            lines.append('export const save = (id: string) => db.order.update({ where: { id }, data: { name: "x" } });')
        if kind < 0.85:
            path.with_suffix(".ts").write_text("\n".join(lines) + "\n")
        else:
            path.with_suffix(".md").write_text("\n\n".join(line.replace("export", "The") for line in lines) + "\n")
    commit(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guard")
    parser.add_argument("repository", nargs="?", type=pathlib.Path)
    parser.add_argument("--make", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("--files", type=int, default=12_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--without", action="append", default=[], metavar="TOOL", help="leave this one out")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.make:
        if arguments.make.exists() and any(arguments.make.iterdir()):
            parser.error(f"{arguments.make} is not empty")
        make(arguments.make, arguments.files)
    repository = arguments.repository or arguments.make
    if repository is None:
        parser.error("name a repository, or --make FOLDER")
    found = shutil.which(arguments.guard)
    if not found:
        parser.error(f"no such program: {arguments.guard}")
    result = compare(str(pathlib.Path(found).resolve()), repository.resolve(), max(arguments.rounds, 1), arguments.without)
    show(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
