"""The shop's API: items, and what a gate asks about its health."""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import database

STARTED = time.monotonic()
RECOVERIES = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/health/live":
            self.answer(200, {"status": "alive", "up_for": round(time.monotonic() - STARTED, 1)})
        elif path == "/health/db":
            self.health_of_database()
        elif path == "/health/recovery-stats":
            self.answer(200, {"attempts": len(RECOVERIES), "last": RECOVERIES[-1:]})
        elif path == "/api/items":
            self.items()
        else:
            self.answer(404, {"error": "there is no such page"})

    def do_POST(self):
        if self.path != "/health/recover":
            self.answer(404, {"error": "there is no such page"})
            return
        # Without a password nobody is an administrator.
        password = os.environ.get("SHOP_ADMIN_PASSWORD", "")
        if not password or self.headers.get("authorization") != f"Bearer {password}":
            self.answer(403, {"error": "not allowed"})
            return
        RECOVERIES.append(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        self.answer(202, {"recovering": True})

    def health_of_database(self):
        started = time.monotonic()
        try:
            count = len(database.items())
        except Exception as error:
            self.answer(503, {"ready": False, "why": type(error).__name__})
        else:
            latency = round((time.monotonic() - started) * 1000, 1)
            self.answer(200, {"ready": True, "items": count, "latency_ms": latency})

    def items(self):
        try:
            self.answer(200, {"items": database.items()})
        except Exception as error:
            self.log_message("items: %s", type(error).__name__)
            self.answer(503, {"error": "the database does not answer"})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main():
    server = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"backend listens on {server.server_address[0]}:{server.server_address[1]}", flush=True)
    server.serve_forever()
    print("backend ends", flush=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
