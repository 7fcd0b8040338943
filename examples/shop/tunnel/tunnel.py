"""A stand-in for a tunnel: a public address, rules by host name, and a page that says whether it is connected."""

import json
import re
import signal
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PUBLIC = ("127.0.0.1", 4380)
READY = ("127.0.0.1", 4381)

BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def rules(path):
    """Pairs of host name and service, in the file's order; the last one is for every other name."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    found = []
    for block in re.split(r"^\s*-\s", text, flags=re.MULTILINE)[1:]:
        name = re.search(r"hostname:\s*(\S+)", block)
        service = re.search(r"service:\s*(\S+)", block)
        found.append((name.group(1) if name else None, service.group(1)))
    return found


class Public(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        host = (self.headers.get("host") or "").rsplit(":", 1)[0]
        service = next((service for name, service in self.server.rules if name in (None, host)), None)
        if service is None or service.startswith("http_status:"):
            status = int(service.split(":")[1]) if service else 404
            self.answer(status, "text/plain", b"no rule for this name\n")
            return
        try:
            with urllib.request.urlopen(service + self.path, timeout=8) as answer:
                self.answer(answer.status, answer.headers.get("content-type", "text/plain"), answer.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.headers.get("content-type", "text/plain"), error.read())
        except OSError as error:
            self.log_message("%s does not answer: %s", service, error)
            self.answer(502, "text/html", BAD_GATEWAY)

    def answer(self, status, media, body):
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Ready(Public):
    def do_GET(self):
        body = json.dumps({"status": 200, "readyConnections": 1}).encode()
        self.answer(200, "application/json", body)


def main():
    public = ThreadingHTTPServer(PUBLIC, Public)
    public.rules = rules(sys.argv[1])
    ready = ThreadingHTTPServer(READY, Ready)
    threading.Thread(target=ready.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=public.shutdown).start())
    print(f"tunnel takes calls on {PUBLIC[0]}:{PUBLIC[1]}", flush=True)
    public.serve_forever()
    print("tunnel ends", flush=True)


if __name__ == "__main__":
    main()
