#!/usr/bin/env python3
"""Compares `guard migrate` with sqlx's and Prisma's own commands on one Postgres, as whole processes.

    benches/migrate.py GUARD [--sqlx SQLX] [--prisma FOLDER] [--rounds N] [--json FILE]

FOLDER is where `npm install` put prisma, its adapter for Postgres and pg (see .ci/full). The server is
started here, with the settings that it comes with (every commit waits for the disk). Every round makes fresh
databases and runs all tools on them in turn; reported are medians, of
ratios the median of the rounds' ratios. Round trips are counted by a relay between the tool and the server: a question is what a client
sends after it was answered. The static check is timed apart, as `guard check` on the same repository.
The aims stand in docs/performance.md. Where the data lies is where temporary files lie (TMPDIR): on a disk commits wait.
"""
import argparse
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from ground import Repository, free_port

PASSWORD = "bench"
MIGRATIONS = 50

CONTRACT = """version = 1
project = "bench"

[environments]
known     = ["prod"]
protected = ["prod"]

[environments.prod]
database = "DATABASE_URL"

[migrations]
path = "{path}"
tool = "{tool}"
"""

CONFIG = """import { defineConfig } from 'prisma/config';
import { PrismaPg } from '@prisma/adapter-pg';
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL }),
});
"""


def sql(number):
    """Like a migration of a young project: a table, an index, a column."""
    return (
        f"create table item_{number} (id bigint primary key, name text not null, at timestamptz default now());\n"
        f"create index item_{number}_name on item_{number} (name);\n"
        f"alter table item_{number} add column note text;\n"
    )


class Server:
    """A Postgres of its own, of another user where this one is root."""

    def __init__(self, folder):
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))
        if not binaries:
            sys.exit("Postgres is not installed")
        self.folder, self.binary = folder, binaries[-1]
        self.front = []
        if os.geteuid() == 0:
            self.front = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
        secret = folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        data = folder / "data"
        self.run("initdb", "-D", data, "-U", "bench", "-A", "scram-sha-256", f"--pwfile={secret}", "--locale=C")
        self.port = free_port()
        words = [*self.front, self.binary / "postgres", "-D", data, "-p", str(self.port), "-k", folder]
        log = open(folder / "log", "w")
        self.process = subprocess.Popen(list(map(str, words)), stdout=log, stderr=log, cwd="/")
        for _ in range(200):
            if self.ask("postgres", "select 1", check=False).returncode == 0:
                return
            time.sleep(0.05)
        sys.exit("the server did not start")

    def run(self, program, *words):
        done = [*self.front, self.binary / program, *words]
        subprocess.run(list(map(str, done)), check=True, capture_output=True, cwd="/")

    def ask(self, database, text, check=True):
        words = ["psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "bench", "-qAt", "-c", text, database]
        return subprocess.run(words, env={**os.environ, "PGPASSWORD": PASSWORD}, check=check, capture_output=True)

    def url(self, database, port=None):
        return f"postgres://bench:{PASSWORD}@localhost:{port or self.port}/{database}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Relay:
    """Hands bytes on, and counts how often a client had to wait for the server."""

    def __init__(self, to):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.to = self.listener.getsockname()[1], to
        self.trips = self.connections = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            near, _ = self.listener.accept()
            far = socket.create_connection(("127.0.0.1", self.to))
            self.connections += 1
            state = {"asked": False}
            threading.Thread(target=self.pump, args=(near, far, state, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(far, near, state, False), daemon=True).start()

    def pump(self, source, sink, state, is_client):
        try:
            while data := source.recv(65536):
                if is_client and not state["asked"]:
                    self.trips += 1
                state["asked"] = is_client
                sink.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass


class Project(Repository):
    """A repository with a contract, and the folder of one tool."""

    def __init__(self, guard, folder, tool):
        super().__init__(folder)
        self.guard, self.folder = guard, folder
        path = "migrations" if tool == "sqlx" else "prisma/migrations"
        self.write(".gitignore", ".guard/\nnode_modules\n")
        self.write("contract/mutation.toml", CONTRACT.format(path=path, tool=tool))
        for number in range(MIGRATIONS):
            name = f"{20260101000000 + number}_item_{number}"
            at = f"{path}/{name}.sql" if tool == "sqlx" else f"{path}/{name}/migration.sql"
            self.write(at, sql(number))
        if tool == "prisma":
            self.write(f"{path}/migration_lock.toml", 'provider = "postgresql"\n')
            schema = 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n'
            self.write("prisma/schema.prisma", schema)
        self.variables = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "CI": "true"}
        self.begin()
        self.call([self.guard, "contract", "freeze"], {})
        self.commit()

    def call(self, words, variables, folder=None):
        """Seconds of a whole process; one that fails ends the measurement."""
        started = time.perf_counter()
        done = subprocess.run(
            list(map(str, words)),
            cwd=folder or self.folder,
            env={**self.variables, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        took = time.perf_counter() - started
        if done.returncode != 0:
            sys.exit(f"{words[1:3]} failed: {done.stdout.decode()}{done.stderr.decode()}")
        return took


def marked(server, project, name):
    server.ask("postgres", f"create database {name}")
    url = {"DATABASE_URL": server.url(name)}
    shutil.rmtree(project.folder / ".guard", ignore_errors=True)
    project.call([project.guard, "fingerprint", "init", "prod"], url)
    return url


def median(values):
    return statistics.median(values) if values else None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("guard")
    parser.add_argument("--sqlx")
    parser.add_argument("--prisma")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json")
    asked = parser.parse_args()
    guard = pathlib.Path(asked.guard).resolve()
    with tempfile.TemporaryDirectory(prefix="guard-bench-") as top:
        folder = pathlib.Path(top)
        folder.chmod(0o755)
        (folder / "server").mkdir()
        server = Server(folder / "server")
        try:
            report = measure(asked, guard, folder, server)
        finally:
            server.stop()
    text = json.dumps(report, indent=2)
    print(text)
    if asked.json:
        pathlib.Path(asked.json).write_text(text + "\n")


def measure(asked, guard, folder, server):
    (folder / "sqlx").mkdir()
    own = Project(guard, folder / "sqlx", "sqlx")
    (folder / "prisma").mkdir()
    theirs = Project(guard, folder / "prisma", "prisma")
    times = {name: [] for name in (
        "check", "guard_50", "guard_0", "sqlx_50", "sqlx_0", "guard_prisma_50", "guard_prisma_0", "prisma_50", "prisma_0"
    )}
    beside = folder / "beside"
    if asked.prisma:
        shutil.copytree(theirs.folder / "prisma", beside / "prisma")
        (beside / "node_modules").symlink_to(pathlib.Path(asked.prisma).resolve() / "node_modules")
        (beside / "prisma.config.ts").write_text(CONFIG)
        (beside / "package.json").write_text("{}")
    for number in range(asked.rounds + 1):
        one = {}
        migrate = [guard, "migrate", "--env", "prod"]
        one["check"] = own.call([guard, "check"], {})
        url = marked(server, own, f"a{number}")
        one["guard_50"] = own.call(migrate, url)
        one["guard_0"] = own.call(migrate, url)
        if asked.sqlx:
            server.ask("postgres", f"create database b{number}")
            url = {"DATABASE_URL": server.url(f"b{number}")}
            run = [asked.sqlx, "migrate", "run", "--source", "migrations"]
            one["sqlx_50"] = own.call(run, url)
            one["sqlx_0"] = own.call(run, url)
        url = marked(server, theirs, f"c{number}")
        one["guard_prisma_50"] = theirs.call(migrate, url)
        one["guard_prisma_0"] = theirs.call(migrate, url)
        if asked.prisma and number < 4:
            server.ask("postgres", f"create database d{number}")
            url = {
                "DATABASE_URL": server.url(f"d{number}"),
                "CHECKPOINT_DISABLE": "1",
                "PRISMA_QUERY_ENGINE_LIBRARY": "/bin/true",
            }
            run = ["node", pathlib.Path(asked.prisma) / "node_modules/prisma/build/index.js", "migrate", "deploy"]
            one["prisma_50"] = theirs.call(run, url, beside)
            one["prisma_0"] = theirs.call(run, url, beside)
        # The first round warms what can be warm.
        if number:
            for name, took in one.items():
                times[name].append(took)
    middle = {name: median(values) for name, values in times.items()}
    report = {"milliseconds": {name: round(it * 1000, 1) for name, it in middle.items() if it is not None}}
    report["round_trips"] = trips(asked, guard, own, server)
    ratios = [one / other for one, other in zip(times["guard_50"], times["sqlx_50"])]
    if ratios:
        less = [(one - check) / other for one, check, other in zip(times["guard_50"], times["check"], times["sqlx_50"])]
        more = [one - other for one, other in zip(times["guard_0"], times["sqlx_0"])]
        apart = [one - check - other for one, check, other in zip(times["guard_0"], times["check"], times["sqlx_0"])]
        report["guard_to_sqlx_50"] = round(median(ratios), 2)
        report["guard_to_sqlx_50_without_check"] = round(median(less), 2)
        report["guard_more_than_sqlx_0_ms"] = round(median(more) * 1000, 1)
        report["guard_more_than_sqlx_0_without_check_ms"] = round(median(apart) * 1000, 1)
    if times["prisma_50"]:
        report["prisma_to_guard_50"] = round(middle["prisma_50"] / middle["guard_prisma_50"], 1)
        report["prisma_to_guard_0"] = round(middle["prisma_0"] / middle["guard_prisma_0"], 1)
    return report


def trips(asked, guard, project, server):
    """How often each waits for the server, in one run."""
    counted = {}

    def count(name, words, database):
        relay = Relay(server.port)
        # The relay's port is another place: it is marked through the relay as well.
        url = {"DATABASE_URL": server.url(database, relay.port)}
        if words[0] == guard and words[1] == "migrate":
            shutil.rmtree(project.folder / ".guard", ignore_errors=True)
            project.call([guard, "fingerprint", "reattest", "prod", "--reason", "counting"], url)
            relay.trips = relay.connections = 0
        project.call(words, url)
        counted[name] = {"round_trips": relay.trips, "connections": relay.connections}

    marked(server, project, "t0")
    migrate = [guard, "migrate", "--env", "prod"]
    count("guard_50", migrate, "t0")
    count("guard_0", migrate, "t0")
    if asked.sqlx:
        server.ask("postgres", "create database t1")
        run = [asked.sqlx, "migrate", "run", "--source", "migrations"]
        count("sqlx_50", run, "t1")
        count("sqlx_0", run, "t1")
    return counted


if __name__ == "__main__":
    main()
