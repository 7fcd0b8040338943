#!/usr/bin/env python3
"""Rolls out again and again, as whole processes with real services, and measures what guard itself adds.

    benches/deploys.py GUARD healthy [--count 300] [--slow MS] [--json FILE]   jittered start-ups: is any of them called a failure?
    benches/deploys.py GUARD failures [--json FILE]                how soon each kind of failure is found

Healthy: two services, each of which listens after a while, answers 503 for a while, and is slow to answer, all by
chance. Each writes down when it became ready; that moment is compared with the end of its gate, and the last one
with SUCCESS and with the end of the process. Failures: from the moment of the cause to the event that tells it.
The aims stand in docs/performance.md.
"""
import argparse
import datetime
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from ground import Repository, free_port

SERVER = r'''
import http.server, json, os, random, socket, sys, threading, time
own = json.loads(sys.argv[1])
chance = random.Random(time.time_ns() ^ os.getpid())
def some(key):
    return chance.uniform(0, own[key]) if own.get("jitter") else own.get(key, 0)
time.sleep(some("after"))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(some("slow"))
        ready = not own.get("never") and time.time() >= at
        body = json.dumps({"ready": ready}).encode()
        self.send_response(200 if ready else 503)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
def stamp(name, when):
    with open(name + ".part", "w") as out:
        out.write(repr(when))
    os.replace(name + ".part", name)
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in own.get("host", "") else socket.AF_INET
server = Server((own.get("host", "127.0.0.1"), int(os.environ["PORT"])), Handler)
at = time.time() + some("unready")
stamp("ready." + os.environ["PORT"], at)
if "exit" in own:
    def leave():
        time.sleep(own["exit"])
        stamp("cause", time.time())
        os._exit(3)
    threading.Thread(target=leave, daemon=True).start()
if "freeze" in own:
    def freeze():
        time.sleep(own["freeze"])
        stamp("cause", time.time())
        os.kill(os.getpid(), 19)
    threading.Thread(target=freeze, daemon=True).start()
server.serve_forever()
'''
CONTRACT = '''version = 1
project = "bench"
[environments]
known     = ["dev"]
protected = []
[environments.dev]
database = "DEV_DATABASE_URL"
[migrations]
path = "migrations"
tool = "sqlx"
'''


def service(name, port, options, lines="", needs=None):
    command = json.dumps(["python3", "server.py", json.dumps(options)])
    needs = f'needs = ["{needs}"]\n' if needs else ""
    return f'[[service]]\nname = "{name}"\ncommand = {command}\nport = {port}\n{needs}{lines}'


READY = 'ready_timeout = "20s"\n[[service.ready]]\nhttp = "/"\njson = { ready = true }\n'


class Project(Repository):
    """A repository of its own with a marked SQLite database."""

    def __init__(self, guard, toml):
        self.guard = guard
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="guard-deploys-"))
        super().__init__(self.folder / "bench")
        (self.folder / "dev.db").touch()
        self.env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GUARD_CONNECT_BACKOFF": "10ms",
                    "DEV_DATABASE_URL": f"sqlite://{self.folder}/dev.db"}
        files = {"server.py": SERVER, "contract/mutation.toml": CONTRACT, "migrations/.keep": "",
                 ".gitignore": ".guard/\nlogs/\nready.*\ncause*\n", "guard.toml": toml}
        for name, text in files.items():
            self.write(name, text)
        self.begin()
        self.run("contract", "freeze")
        self.commit()
        self.run("fingerprint", "init", "dev")

    def run(self, *words, expect=True):
        done = subprocess.run([self.guard, *words], cwd=self.root, env=self.env, capture_output=True, text=True)
        if expect and done.returncode != 0:
            sys.exit(f"guard {' '.join(words)}: {done.stdout}{done.stderr}")
        return done

    def deploy(self, **more):
        begun = time.time()
        command = [self.guard, "deploy", "--env", "dev", "--format", "json"]
        done = subprocess.run(command, cwd=self.root, env={**self.env, **more}, capture_output=True, text=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return begun, time.time(), done.returncode, lines

    def stamp(self, name):
        try:
            return float((self.root / name).read_text())
        except (OSError, ValueError):
            return None

    def close(self):
        self.run("stop", expect=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def left(lines, state):
    found = [line for line in lines if line.get("event") == "leave" and line["state"] == state]
    return moment(found[-1]["time"]) if found else None


def spread(values):
    values = sorted(values)
    if not values:
        return None
    high = values[min(len(values) - 1, int(len(values) * 0.99))]
    return {"count": len(values), "median_ms": round(statistics.median(values) * 1000, 1),
            "p99_ms": round(high * 1000, 1), "max_ms": round(values[-1] * 1000, 1)}


def healthy(guard, count, slow):
    ports = [free_port(), free_port()]
    options = {"jitter": True, "after": 0.4, "unready": 0.4, "slow": slow / 1000}
    toml = service("backend", ports[0], options, READY) + service("frontend", ports[1], options, READY, "backend")
    project = Project(guard, toml)
    seen, to_success, to_end, whole, failures = [], [], [], [], []
    try:
        for number in range(count):
            # From nothing and over the release before, in turn.
            if number % 2:
                project.commit()
            else:
                project.run("stop", expect=False)
            begun, ended, code, lines = project.deploy()
            whole.append(ended - begun)
            if code != 0:
                failures.append({"number": number, "exit": code, "code": lines[-1].get("code"),
                                 "reason": lines[-1].get("first_broken_hop")})
                continue
            ready = [project.stamp(f"ready.{port}") for port in ports]
            for at, gate in zip(ready, ("BACKEND_READY_GATE", "FRONTEND_READY_GATE")):
                seen.append(left(lines, gate) - at)
            to_success.append(left(lines, "SUCCESS") - ready[-1])
            to_end.append(ended - ready[-1])
    finally:
        project.close()
    return {"deploys": count, "false_failures": len(failures), "failures": failures, "readiness_seen": spread(seen),
            "last_readiness_to_SUCCESS": spread(to_success), "last_readiness_to_exit": spread(to_end),
            "whole_deploy": spread(whole)}


def kinds():
    """Name, options of the service, lines of guard.toml behind and in front of it, more variables."""
    probe = '[[service.ready]]\nhttp = "/"\njson = { ready = true }\n'
    short = 'ready_timeout = "2s"\n' + probe
    shut = free_port()
    outside = f'[[external]]\nkind = "http"\nurl = "http://127.0.0.1:{shut}/"\n'
    tunnel = ('[tunnel]\nkind = "command"\ncommand = ["python3", "-c", "import time; time.sleep(60)"]\n'
              f'ready = "http://127.0.0.1:{shut}/ready"\n')
    ended = tunnel.replace("time.sleep(60)", "raise SystemExit(4)")
    yield "a variable is not set", {}, READY, '[deploy]\nrequired_env = ["PORT"]\n', {}
    yield "the port is somebody else's", {"foreign": True}, READY, "", {}
    yield "the database is down (three attempts, 1 s and 2 s between)", {}, READY, "", {
        "DEV_DATABASE_URL": f"postgres://u@127.0.0.1:{shut}/d", "GUARD_CONNECT_BACKOFF": "1s"}
    yield "the database says nothing", {"silent": True}, READY, "", {}
    yield "a service ends before it is ready", {"never": True, "exit": 0.3}, READY, "", {}
    yield "a service is frozen before it is ready", {"never": True, "freeze": 0.3}, READY, "", {}
    yield "a service is never ready (`ready_timeout` 2 s)", {"never": True}, short, "", {}
    yield "a service listens on the other family (`ready_timeout` 2 s)", {"host": "::1"}, short, "", {}
    yield "the tunnel's process ends, twice", {}, READY, ended, {}
    yield "the tunnel has no edge (12 s, restart, 12 s)", {}, READY, tunnel, {}
    yield "an API refuses the connection, three times", {}, READY, outside, {}


def failures(guard):
    table = []
    for name, options, lines, front, more in kinds():
        port = free_port()
        holder = socket.socket()
        toml = front + service("backend", port, options, lines)
        project = Project(guard, toml)
        try:
            if options.get("foreign"):
                holder.bind(("127.0.0.1", port))
                holder.listen()
            if options.get("silent"):
                holder.bind(("127.0.0.1", 0))
                holder.listen()
                more = {"DEV_DATABASE_URL": f"postgres://u@127.0.0.1:{holder.getsockname()[1]}/d"}
            begun, ended, code, said = project.deploy(**more)
            bad = [line for line in said if line.get("event") == "leave" and line.get("result") in
                   ("fail", "inconclusive")]
            entered = [line for line in said if line.get("event") == "enter" and bad
                       and line["state"] == bad[0]["state"]]
            cause = project.stamp("cause") or (moment(entered[0]["time"]) if entered else begun)
            found = moment(bad[0]["time"]) - cause if bad else None
            table.append({"kind": name, "code": said[-1].get("code"), "exit": code,
                          "state": bad[0]["state"] if bad else None,
                          "found_after_s": round(found, 2) if found is not None else None,
                          "whole_s": round(ended - begun, 2)})
            print(json.dumps(table[-1]), file=sys.stderr)
        finally:
            holder.close()
            project.close()
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("guard")
    parser.add_argument("what", choices=["healthy", "failures"])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--slow", type=float, default=60, help="milliseconds that an answer may take at most")
    parser.add_argument("--json")
    own = parser.parse_args()
    guard = os.path.abspath(own.guard)
    # What is started in the background must not end with this terminal's signals halfway through.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    result = healthy(guard, own.count, own.slow) if own.what == "healthy" else failures(guard)
    text = json.dumps(result, indent=1)
    print(text)
    if own.json:
        pathlib.Path(own.json).write_text(text + "\n")
    if own.what == "healthy":
        return 1 if result["false_failures"] else 0
    return 1 if any(row["exit"] == 0 or row["found_after_s"] is None for row in result) else 0


if __name__ == "__main__":
    sys.exit(main())
