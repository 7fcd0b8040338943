"""The shop's pages, with the commit that they were built from in every one of them."""

import html
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

API = os.environ.get("SHOP_API", "http://127.0.0.1:4311")

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="build" content="{build}">
<title>The shop</title>
<style>
  body {{ font: 17px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem }}
  li {{ display: flex; justify-content: space-between; padding: .6rem 0; border-bottom: 1px solid #ddd }}
  ul {{ list-style: none; padding: 0 }}
</style>
<h1>The shop</h1>
<ul>
{items}
</ul>
<footer><small>build {short}</small></footer>
</html>
"""


def build():
    """The commit of this code."""
    known = os.environ.get("GIT_COMMIT")
    if known:
        return known
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5)
    return done.stdout.strip() or "unknown"


BUILD = build()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.split("?")[0]
        try:
            with urllib.request.urlopen(f"{API}/api/items", timeout=6) as answer:
                body = answer.read()
        except (urllib.error.URLError, OSError) as error:
            self.log_message("the API does not answer: %s", type(error).__name__)
            self.answer(503, "text/html", b"<title>The shop is closed</title><p>System offline.")
            return
        if path == "/api/items":
            self.answer(200, "application/json", body)
        elif path == "/":
            self.answer(200, "text/html; charset=utf-8", page(json.loads(body)["items"]).encode())
        else:
            self.answer(404, "text/html", b"<title>The shop</title><p>There is no such page.")

    def answer(self, status, media, body):
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def page(items):
    lines = [f"<li>{html.escape(item['name'])} <b>{item['cents'] / 100:.2f}</b></li>" for item in items]
    return PAGE.format(build=html.escape(BUILD), short=html.escape(BUILD[:12]), items="\n".join(lines))


def main():
    server = ThreadingHTTPServer((os.environ.get("HOST", "127.0.0.1"), int(os.environ["PORT"])), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"frontend of {BUILD[:12]} listens on {server.server_address[0]}:{server.server_address[1]}", flush=True)
    server.serve_forever()
    print("frontend ends", flush=True)
    sys.exit(0)


if __name__ == "__main__":
    main()
