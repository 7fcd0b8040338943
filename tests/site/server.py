"""A service for the tests: it listens, answers, and misbehaves as its arguments say."""
import argparse, http.server, itertools, json, os, signal, socket, subprocess, sys, threading, time

parser = argparse.ArgumentParser()
parser.add_argument("--after", type=float, default=0.0)        # listens after so long
parser.add_argument("--ready-after", type=float, default=0.0)  # answers 503 until then
parser.add_argument("--exit-after", type=float)
parser.add_argument("--exit-code", type=int, default=3)
parser.add_argument("--exit-if")                               # ends once this file is there
parser.add_argument("--status", type=int, default=200)
parser.add_argument("--body", default='{"ready": true, "status": "alive"}')
parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "0")))
parser.add_argument("--background", action="store_true")       # leaves its session
parser.add_argument("--lingers", type=float, default=0.0)      # is in no hurry to leave it
parser.add_argument("--fork", action="store_true")             # a child listens, the parent waits
parser.add_argument("--deaf", action="store_true")             # accepts and says nothing
parser.add_argument("--say", default="")
parser.add_argument("--ignore-term", action="store_true")
parser.add_argument("--recovers", action="store_true")         # ready once it was asked to recover
parser.add_argument("--note")                                  # writes what it is given there
parser.add_argument("--ready-if")                              # 503 until this file is there
parser.add_argument("--close-if")                              # lives on without its port once this file is there
parser.add_argument("--slow", type=float, default=0.0)         # takes so long for an answer
parser.add_argument("--answers", type=int)                     # 500 once it has answered so often
parser.add_argument("--say-env")                               # prints the value of a variable
own = parser.parse_args()

print("starting", own.say, os.environ.get(own.say_env or "", ""), flush=True)
if own.note:
    with open(own.note, "w") as out:
        json.dump(dict(os.environ), out)
if own.ignore_term:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if own.background:
    if os.fork():
        os._exit(0)
    time.sleep(own.lingers)
    os.setsid()
    if os.fork():
        os._exit(0)
if own.fork:
    child = os.fork()
    if child:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        os.waitpid(child, 0)
        os._exit(1)

if "$COMMIT" in own.body:                                      # the build that runs
    head = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    own.body = own.body.replace("$COMMIT", head.stdout.strip())

begun = time.time()
answered = itertools.count(1)
recovered = threading.Event()


def leave():
    if own.exit_after is not None:
        time.sleep(own.exit_after)
        print("giving up now", flush=True)
        os._exit(own.exit_code)
    while own.exit_if:
        if os.path.exists(own.exit_if):
            print("told to go", flush=True)
            os._exit(own.exit_code)
        time.sleep(0.01)


threading.Thread(target=leave, daemon=True).start()
time.sleep(own.after)


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        if own.deaf:
            time.sleep(3600)
        body, status = own.body, own.status
        if self.path.startswith("/recover"):
            print("recover", self.command, bool(self.headers.get("authorization")), flush=True)
            if self.command == "POST":
                recovered.set()
            body, status = '{"recoveries": 1}', 200
        elif own.ready_if and not os.path.exists(own.ready_if):
            body, status = '{"ready": false}', 503
        elif own.recovers and not recovered.is_set() or time.time() - begun < own.ready_after:
            body, status = '{"ready": false}', 503
        time.sleep(own.slow)
        if own.answers is not None and next(answered) > own.answers:
            body, status = '{"error": "out of memory"}', 500
        data = body.replace("$PID", str(os.getpid())).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ":" in own.host else socket.AF_INET

    def server_bind(self):
        if own.host == "::1":
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        super().server_bind()


if own.port:
    server = Server((own.host, own.port), Handler)

    def close():
        while not os.path.exists(own.close_if):
            time.sleep(0.01)
        server.shutdown()
        server.server_close()

    if own.close_if:
        threading.Thread(target=close, daemon=True).start()
    server.serve_forever()
if own.close_if or not own.port:
    threading.Event().wait()
