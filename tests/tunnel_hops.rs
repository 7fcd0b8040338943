//! The tunnel is judged hop by hop, and every way in which it does not lead to our build has an answer of
//! its own. Processes and servers are real; a keeper of the test starts and restarts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop where it stands")]

mod web;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use guard::config;
use guard::io::environment::Environment;
use guard::rollout::hands::Hands;
use guard::rollout::tunnel::process::{self, Process};
use guard::rollout::tunnel::{Judged, Keeper, verify};
use guard::words::ending::Code;
use guard::words::rollout::ProbeResult;
use guard::words::secret::Redactor;
use web::{Say, Site, closed_port, json, page};

/// Keeps a process that only lives.
#[derive(Default)]
struct Shelf {
    child: Option<Child>,
    starts: usize,
    restarts: usize,
    /// guard did not start it.
    foreign: bool,
    on_restart: Option<Box<dyn FnMut()>>,
}

impl Shelf {
    fn running() -> Self {
        let mut shelf = Self::default();
        shelf.put();
        shelf
    }

    fn put(&mut self) {
        self.take();
        let child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        self.child = Some(child);
    }

    fn take(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            child.wait().unwrap();
        }
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        self.take();
    }
}

impl Keeper for Shelf {
    fn process(&mut self) -> Process {
        self.child.as_ref().map_or(Process::Gone(None), |child| Process::of(child.id(), !self.foreign))
    }

    fn start(&mut self) -> Result<(), String> {
        self.starts += 1;
        self.put();
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        if self.foreign {
            return Err("guard did not start it".into());
        }
        self.restarts += 1;
        self.put();
        if let Some(work) = &mut self.on_restart {
            work();
        }
        Ok(())
    }
}

const MARKER: &str = "<meta name=\"build\" content=\"abc123\">";

fn judged(folder: &tempfile::TempDir, text: &str, shelf: &mut Shelf) -> Judged {
    let config = config::parse(text).unwrap();
    let variables = Environment::of([("GIT_COMMIT", "abc123")]);
    let redactor = Redactor::default();
    let mut hands = Hands {
        variables: &variables,
        redactor: &redactor,
        deadline: Instant::now() + Duration::from_secs(30),
        tell: &mut |_, _| {},
    };
    verify(config.tunnel.as_ref().unwrap(), folder.path(), Duration::from_secs(3), shelf, &mut hands)
}

struct Stage {
    folder: tempfile::TempDir,
    origin: Site,
    edge: Site,
    public: Site,
}

impl Stage {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            origin: Site::that(page(200, "origin")),
            edge: Site::that(json(200, "{\"status\":200,\"readyConnections\":4}")),
            public: Site::that(page(200, &format!("<html>{MARKER}</html>"))),
        }
    }

    fn ingress(&self, text: &str) {
        std::fs::write(self.folder.path().join("tunnel.yml"), text).unwrap();
    }

    fn usual(&self) -> String {
        let service = format!("http://127.0.0.1:{}", self.origin.port);
        self.ingress(&format!("tunnel: shop\ningress:\n  - hostname: localhost\n    service: {service}\n  - service: http_status:404\n"));
        self.text()
    }

    fn text(&self) -> String {
        format!(
            "[tunnel]\nname = \"shop\"\nkind = \"cloudflared\"\ncommand = [\"cloudflared\"]\nconfig = \"tunnel.yml\"\nready = \"{}\"\n[[tunnel.verify]]\nurl = \"http://localhost:{}/\"\nmarker = '<meta name=\"build\" content=\"${{GIT_COMMIT}}\">'\n",
            self.edge.url("/ready"),
            self.public.port
        )
    }
}

fn code(judged: &Judged) -> Option<Code> {
    judged.broken().and_then(|hop| hop.code)
}

#[test]
fn a_tunnel_that_leads_to_our_build_passes_every_hop() {
    let stage = Stage::new();
    let mut shelf = Shelf::running();
    let judged = judged(&stage.folder, &stage.usual(), &mut shelf);
    assert_eq!(judged.result(), ProbeResult::Pass, "{judged:?}");
    let hops: Vec<&str> = judged.hops.iter().map(|hop| hop.hop.as_str()).collect();
    assert_eq!(hops, ["process", "config", "identity", "edge", "ingress", "origin", "public"]);
    assert_eq!((shelf.starts, shelf.restarts, judged.restarted), (0, 0, false));
}

#[test]
fn one_that_does_not_run_is_started() {
    let stage = Stage::new();
    let mut shelf = Shelf::default();
    assert_eq!(judged(&stage.folder, &stage.usual(), &mut shelf).result(), ProbeResult::Pass);
    assert_eq!(shelf.starts, 1);
}

#[test]
fn one_that_does_not_run_and_that_nobody_can_start_is_not_running() {
    let stage = Stage::new();
    let text = stage.usual().replace("command = [\"cloudflared\"]\n", "");
    let text =
        text.replace(&format!("localhost:{}", stage.public.port), &format!("localhost:{}", closed_port()));
    let mut shelf = Shelf::default();
    shelf.foreign = true;
    let judged = judged(&stage.folder, &text, &mut shelf);
    assert_eq!(code(&judged), Some(Code::TunnelNotRunning), "{judged:?}");
}

#[test]
fn a_process_without_its_edge_is_not_connected() {
    let mut stage = Stage::new();
    stage.edge = Site::that(json(503, "{\"status\":503,\"readyConnections\":0}"));
    let mut shelf = Shelf::running();
    let judged = judged(&stage.folder, &stage.usual(), &mut shelf);
    assert_eq!(code(&judged), Some(Code::TunnelEdge));
    assert_eq!((shelf.restarts, judged.restarted), (1, true), "restarted exactly once");
    let reason = &judged.broken().unwrap().reason;
    assert!(reason.contains("has 0 connections to the edge"), "{reason}");
}

#[test]
fn a_connected_tunnel_that_answers_with_an_error_page_is_not_routing() {
    for (status, body) in
        [(530, "error code: 1033"), (502, "<title>502 Bad Gateway</title>"), (404, "nothing here")]
    {
        let mut stage = Stage::new();
        stage.public = Site::that(page(status, body));
        let mut shelf = Shelf::running();
        let judged = judged(&stage.folder, &stage.usual(), &mut shelf);
        assert_eq!(code(&judged), Some(Code::TunnelNotRouting), "{status}");
        assert_eq!(judged.result(), ProbeResult::Fail);
        assert!(!judged.probes[0].attempts.is_empty());
    }
}

#[test]
fn an_answer_without_our_marker_is_not_ours() {
    let mut stage = Stage::new();
    stage.public = Site::that(page(200, "<html><meta name=\"build\" content=\"old\"></html>"));
    let mut shelf = Shelf::running();
    let judged = judged(&stage.folder, &stage.usual(), &mut shelf);
    assert_eq!(code(&judged), Some(Code::TunnelNotOurs));
}

#[test]
fn a_restart_that_helps_ends_well_and_is_told() {
    let mut stage = Stage::new();
    let good = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (seen, set) = (good.clone(), good);
    stage.public = Site::by(move |_, _| {
        if seen.load(std::sync::atomic::Ordering::SeqCst) { page(200, MARKER) } else { page(502, "") }
    });
    let mut shelf = Shelf::running();
    shelf.on_restart = Some(Box::new(move || set.store(true, std::sync::atomic::Ordering::SeqCst)));
    let judged = judged(&stage.folder, &stage.usual(), &mut shelf);
    assert_eq!((judged.result(), judged.restarted), (ProbeResult::Pass, true));
    assert!(judged.notes[0].starts_with("restarted once, for: "), "{:?}", judged.notes);
}

#[test]
fn one_that_guard_did_not_start_is_judged_and_left_alone() {
    let mut stage = Stage::new();
    stage.public = Site::that(page(502, ""));
    let mut shelf = Shelf::running();
    shelf.foreign = true;
    let judged = judged(&stage.folder, &stage.usual(), &mut shelf);
    assert_eq!((code(&judged), judged.restarted), (Some(Code::TunnelNotRouting), false));
    assert_eq!(judged.notes, ["not restarted: guard did not start it"]);
}

#[test]
fn a_configuration_younger_than_the_process_is_stale() {
    let stage = Stage::new();
    let text = stage.usual();
    let file = std::fs::File::options().write(true).open(stage.folder.path().join("tunnel.yml")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_mins(1)).unwrap();
    let mut shelf = Shelf::running();
    let judged = judged(&stage.folder, &text, &mut shelf);
    assert_eq!(code(&judged), Some(Code::TunnelStale));
    assert_eq!(shelf.restarts, 1);
}

#[test]
fn a_younger_configuration_that_leads_nowhere_takes_no_running_tunnel_down() {
    for (ingress, wanted, word) in [
        (
            "tunnel: shop\ningress:\n  - hostname: other.example\n    service: http://127.0.0.1:1\n",
            Code::TunnelIngress,
            "no rule",
        ),
        ("tunnel: blog\ningress:\n  - service: http://127.0.0.1:1\n", Code::TunnelConfig, "blog"),
        (": : :\n- [", Code::TunnelConfig, "no YAML"),
    ] {
        let stage = Stage::new();
        let text = stage.text();
        stage.ingress(ingress);
        let file = std::fs::File::options().write(true).open(stage.folder.path().join("tunnel.yml")).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_mins(1)).unwrap();
        let mut shelf = Shelf::running();
        let judged = judged(&stage.folder, &text, &mut shelf);
        assert_eq!(code(&judged), Some(wanted), "{judged:?}");
        assert!(judged.broken().unwrap().reason.contains(word), "{judged:?}");
        assert_eq!((shelf.restarts, judged.restarted), (0, false), "{judged:?}");
        assert!(judged.notes.iter().any(|note| note.contains("still runs with the old one")), "{judged:?}");
    }
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let stage = Stage::new();
    let judged = judged(&stage.folder, &stage.text(), &mut Shelf::running());
    assert_eq!(code(&judged), Some(Code::TunnelConfig));
    assert!(judged.broken().unwrap().reason.contains("tunnel.yml is not there"));
}

#[test]
fn a_configuration_that_cannot_be_read_is_named() {
    let stage = Stage::new();
    stage.ingress("tunnel: [shop\ningress: }\n");
    let mut shelf = Shelf::running();
    let judged = judged(&stage.folder, &stage.text(), &mut shelf);
    assert_eq!(code(&judged), Some(Code::TunnelConfig));
    assert!(judged.broken().unwrap().reason.contains("no YAML"), "{:?}", judged.broken());
    assert_eq!(shelf.restarts, 0, "no restart mends that");
}

#[test]
fn a_configuration_of_another_tunnel_is_named() {
    let stage = Stage::new();
    stage.ingress("tunnel: blog\ningress:\n  - service: http://127.0.0.1:1\n");
    let judged = judged(&stage.folder, &stage.text(), &mut Shelf::running());
    assert_eq!(judged.broken().unwrap().hop, "identity");
}

#[test]
fn a_name_without_a_rule_is_named() {
    let stage = Stage::new();
    stage.ingress("ingress:\n  - hostname: other.example\n    service: http://127.0.0.1:1\n  - service: http_status:404\n");
    let mut shelf = Shelf::running();
    let judged = judged(&stage.folder, &stage.text(), &mut shelf);
    assert_eq!(code(&judged), Some(Code::TunnelIngress));
    assert!(judged.broken().unwrap().reason.contains("matches localhost; it has other.example"));
    assert_eq!(shelf.restarts, 0, "no restart mends that");
}

#[test]
fn an_origin_on_which_nobody_listens_is_said_before_anything_about_families() {
    let stage = Stage::new();
    stage.ingress(&format!("ingress:\n  - service: http://localhost:{}\n", closed_port()));
    let judged = judged(&stage.folder, &stage.text(), &mut Shelf::running());
    assert_eq!(code(&judged), Some(Code::TunnelOrigin));
    assert!(judged.broken().unwrap().reason.contains("neither on IPv4 nor on IPv6"));
}

#[test]
fn an_origin_on_the_other_family_is_named() {
    let stage = Stage::new();
    stage.ingress(&format!("ingress:\n  - service: http://[::1]:{}\n", stage.origin.port));
    let judged = judged(&stage.folder, &stage.text(), &mut Shelf::running());
    assert_eq!(code(&judged), Some(Code::TunnelOrigin));
    assert!(judged.broken().unwrap().reason.ends_with("listens on IPv4 alone"));
}

#[test]
fn localhost_before_a_listener_of_one_family_is_a_note_while_it_works_and_the_cause_when_not() {
    let mut stage = Stage::new();
    stage.ingress(&format!("ingress:\n  - service: http://localhost:{}\n", stage.origin.port));
    let judged_well = judged(&stage.folder, &stage.text(), &mut Shelf::running());
    assert_eq!(judged_well.result(), ProbeResult::Pass);
    assert!(judged_well.notes[0].contains("listens on IPv4 alone"), "{:?}", judged_well.notes);
    stage.public = Site::that(page(502, ""));
    let judged = judged(&stage.folder, &stage.text(), &mut Shelf::running());
    assert_eq!(code(&judged), Some(Code::TunnelOrigin));
}

#[test]
fn a_connection_that_is_closed_is_not_routing() {
    let mut stage = Stage::new();
    stage.public = Site::that(Say::Reset);
    let judged = judged(&stage.folder, &stage.usual(), &mut Shelf::running());
    assert_eq!((code(&judged), judged.result()), (Some(Code::TunnelNotRouting), ProbeResult::Fail));
}

#[test]
fn a_tunnel_of_somebody_else_is_found_by_its_command_line() {
    let config = config::parse(&format!(
        "[tunnel]\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"echo up; read line\", \"tunnel-of-{}\"]\n",
        std::process::id()
    ))
    .unwrap();
    let tunnel = config.tunnel.unwrap();
    assert!(!process::find(&tunnel).runs());
    let words: Vec<String> = tunnel.command.iter().map(|word| word.value.clone()).collect();
    let mut child = Command::new(&words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // `spawn` may return before the kernel has laid out the new command line; a process that speaks has one.
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let found = process::find(&tunnel);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(first, "up\n");
    assert_eq!(found.pid(), Some(child.id()));
}
