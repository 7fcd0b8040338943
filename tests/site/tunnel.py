"""A tunnel for the tests: a public address that leads to a service, and a page that says whether it is connected."""
import argparse, http.server, json, os, sys, threading, time, urllib.error, urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("--public", type=int, required=True)
parser.add_argument("--ready", type=int, required=True)
parser.add_argument("--to")                                    # where it leads
parser.add_argument("--connections", type=int, default=1)
parser.add_argument("--connected-if")                          # no connection until this file is there
parser.add_argument("--says")                                  # answers this and leads nowhere
parser.add_argument("--status", type=int, default=200)
parser.add_argument("--exit-after", type=float)
parser.add_argument("--exit-if")                               # ends once this file is there
parser.add_argument("--second-time")                           # only holds once this file is there; makes it
own = parser.parse_args()
first = own.second_time and not os.path.exists(own.second_time)
if first:
    open(own.second_time, "w").close()
print("tunnel starts", flush=True)


def leave():
    time.sleep(own.exit_after)
    print("tunnel: authentication failed", flush=True)
    os._exit(7)


if own.exit_after is not None:
    threading.Thread(target=leave, daemon=True).start()


def gone():
    while not os.path.exists(own.exit_if):
        time.sleep(0.01)
    os._exit(9)


if own.exit_if:
    threading.Thread(target=gone, daemon=True).start()


class Quiet(http.server.BaseHTTPRequestHandler):
    def say(self, status, media, body):
        self.send_response(status)
        self.send_header("content-type", media)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Public(Quiet):
    def do_GET(self):
        if own.says is not None:
            return self.say(own.status, "text/html", own.says.encode())
        if first:
            return self.say(502, "text/html", b"<title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>")
        try:
            with urllib.request.urlopen(own.to + self.path, timeout=5) as answer:
                self.say(answer.status, answer.headers.get("content-type", "text/plain"), answer.read())
        except urllib.error.HTTPError as error:
            self.say(error.code, "text/plain", error.read())
        except OSError:
            self.say(502, "text/html", b"<title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>")


class Ready(Quiet):
    def do_GET(self):
        missing = own.connected_if and not os.path.exists(own.connected_if)
        connections = 0 if missing else own.connections
        status = 200 if connections else 503
        body = {"status": status, "readyConnections": connections}
        self.say(status, "application/json", json.dumps(body).encode())


ready = http.server.ThreadingHTTPServer(("127.0.0.1", own.ready), Ready)
threading.Thread(target=ready.serve_forever, daemon=True).start()
http.server.ThreadingHTTPServer(("127.0.0.1", own.public), Public).serve_forever()
