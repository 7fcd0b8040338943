//! `EXTERNAL_VERIFY` through the whole rollout: what each answer of somebody else's API does to what was just started.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;
mod web;

use std::process::{Child, Command, Stdio};

use site::{READY, Site, backend};
use web::{Say, closed_port, json};

const KEY: &str = "canary-api-31";

fn outside(url: &str, required: bool) -> String {
    format!(
        "[[external]]\nkind = \"http\"\nname = \"api\"\nurl = \"{url}\"\nkey_env = \"API_KEY\"\ntimeout = \"300ms\"\n\
         required = {required}\n{}",
        backend("", READY)
    )
}

/// A web server whose certificate nobody signed but itself.
struct SelfSigned {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl SelfSigned {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let words = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
                     -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
        let made = Command::new("openssl").args(words.split_whitespace()).current_dir(folder.path()).output();
        assert!(made.unwrap().status.success());
        let script = "import http.server, ssl, sys\n\
                      class H(http.server.BaseHTTPRequestHandler):\n\
                      \x20   def do_GET(self):\n\
                      \x20       self.send_response(200); self.send_header('content-length', '2'); self.end_headers()\n\
                      \x20       self.wfile.write(b'{}')\n\
                      \x20   def log_message(self, *_): pass\n\
                      server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), H)\n\
                      context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n\
                      context.load_cert_chain('cert.pem', 'key.pem')\n\
                      server.socket = context.wrap_socket(server.socket, server_side=True)\n\
                      server.serve_forever()\n";
        let port = site::free_port();
        let mut child = Command::new("python3");
        let child = child.args(["-c", script, &port.to_string()]).current_dir(folder.path());
        let child = child.stderr(Stdio::null()).spawn().unwrap();
        site::until("the server", || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
        Self { child, port, _folder: folder }
    }
}

impl Drop for SelfSigned {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Required: what failed rolls back, what says nothing does not. Optional: neither does.
#[track_caller]
fn answers(what: &str, url: &str, result: &str, reason: &str) {
    for required in [true, false] {
        let mut site = Site::new();
        site.shop.set("API_KEY", KEY);
        site.toml(&outside(url, required));
        let rolled = site.deploy();
        let back = result == "fail" && required;
        let (outcome, code) = match result {
            "pass" => ("ok", "ok"),
            "fail" => (if back { "failed" } else { "partial" }, "external/failed"),
            _ => ("partial", "external/inconclusive"),
        };
        let found = (rolled.result["outcome"].as_str().unwrap(), rolled.code());
        assert_eq!(found, (outcome, code), "{what}: {}", rolled.told());
        let row = &rolled.result["external"][0];
        assert_eq!(row["result"], result, "{what}: {row}");
        assert!(row["reason"].as_str().unwrap_or("").starts_with(reason), "{what}: {row}");
        assert_eq!(row["required"], required);
        if result != "pass" {
            assert_eq!(rolled.hop(), "external api", "{what}");
        }
        assert!(!rolled.told().contains(KEY), "{what}");
        let exit = if outcome == "ok" {
            0
        } else if back {
            1
        } else {
            2
        };
        assert_eq!((rolled.exit, site.processes().is_empty()), (exit, back), "{what}: {}", rolled.told());
    }
}

#[test]
fn answers_that_are_as_asked_or_that_are_ours_to_mend() {
    for (status, result, reason) in [(200, "pass", ""), (401, "fail", "401"), (403, "fail", "403")] {
        answers(&status.to_string(), &web::Site::that(json(status, "{}")).url("/"), result, reason);
    }
}

#[test]
fn answers_that_say_nothing_of_us() {
    for status in [408, 429, 500, 503] {
        let site = web::Site::that(json(status, "{}"));
        answers(&status.to_string(), &site.url("/"), "inconclusive", &status.to_string());
        assert_eq!(site.count(), 6, "{status}: once and twice again, in two rollouts");
    }
}

#[test]
fn connections_that_say_nothing_of_us() {
    answers("timeout", &web::Site::that(Say::Nothing).url("/"), "inconclusive", "timeout");
    answers("reset", &web::Site::that(Say::Reset).url("/"), "inconclusive", "reset");
    answers("refused", &format!("http://127.0.0.1:{}/", closed_port()), "inconclusive", "refused");
}

#[test]
fn a_certificate_that_nobody_signed_is_a_failure() {
    let server = SelfSigned::new();
    answers("tls", &format!("https://127.0.0.1:{}/", server.port), "fail", "tls: ");
}

#[test]
fn a_key_that_is_not_set_is_a_failure_and_nobody_is_asked() {
    let api = web::Site::that(json(200, "{}"));
    let site = Site::new();
    site.toml(&outside(&api.url("/"), true));
    let failed = site.deploy().ended("failed", "external/failed");
    assert!(failed.reason().contains("API_KEY is not set"), "{}", failed.told());
    assert_eq!(api.count(), 0);
}

#[test]
fn a_service_that_froze_behind_its_gate_is_no_success() {
    let site = Site::new();
    let root = site.root();
    let outside_of_it = web::Site::by(move |_, _| {
        let served = guard::io::process::all().into_iter().filter(|seen| {
            let here =
                std::fs::read_link(format!("/proc/{}/cwd", seen.pid)).is_ok_and(|cwd| cwd.starts_with(&root));
            here && guard::io::process::command_line(seen.pid).contains("server.py")
                && !guard::io::process::command_line(seen.pid).contains("guard")
        });
        for seen in served {
            let stopped = Command::new("kill").args(["-STOP", &seen.pid.to_string()]).status();
            assert!(stopped.unwrap().success());
        }
        web::json(200, "{}")
    });
    let external =
        format!("[[external]]\nkind = \"http\"\nname = \"api\"\nurl = \"{}\"\n", outside_of_it.url("/"));
    site.toml(&format!("{external}{}", backend("", READY)));
    let failed = site.deploy().ended("failed", "service/not-ready");
    assert!(failed.reason().contains("stopped by a signal"), "{}", failed.told());
    assert_eq!(site.processes(), Vec::<u32>::new());
}
