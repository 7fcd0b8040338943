//! `TUNNEL_START_OR_VERIFY`: the way from the public name to the service, hop by hop, in causal order. The
//! first hop that does not hold names the answer: not running, running without its edge, connected and not
//! routing, and routing to something that is not our build are four different ones.

pub mod ingress;
pub mod origin;
pub mod process;
pub mod public;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::expect;
use super::external::spoken;
use super::hands::Hands;
use crate::config::model::{Tunnel, TunnelKind};
use crate::io::clock;
use crate::io::http::ask::Question;
use crate::words::ending::Code;
use crate::words::rollout::{Hop, ProbeResult, Probed};
use process::Process;

/// A tunnel that is about to come up is looked at often, one that takes its time is left in peace.
const OFTEN: Duration = Duration::from_millis(40);
const EVERY: Duration = Duration::from_millis(250);
const SOON: Duration = Duration::from_secs(3);
const ASKED: Duration = Duration::from_secs(4);

/// Whoever looks after the tunnel's process.
pub trait Keeper {
    /// The process, as it is now.
    fn process(&mut self) -> Process;
    /// Starts it. What went wrong is a sentence.
    fn start(&mut self) -> Result<(), String>;
    /// Starts it anew, or says why that is not guard's to do.
    fn restart(&mut self) -> Result<(), String>;
}

/// What was found on the way.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    pub hops: Vec<Hop>,
    /// The public addresses, with every attempt.
    pub probes: Vec<Probed>,
    pub restarted: bool,
    pub notes: Vec<String>,
}

impl Judged {
    /// The first hop that does not hold.
    #[must_use]
    pub fn broken(&self) -> Option<&Hop> {
        let first = |result| self.hops.iter().find(|hop| hop.result == result);
        first(ProbeResult::Fail).or_else(|| first(ProbeResult::Inconclusive))
    }

    #[must_use]
    pub fn result(&self) -> ProbeResult {
        self.broken().map_or(ProbeResult::Pass, |hop| hop.result)
    }

    fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }
}

/// Starts it where nothing runs, judges it, and restarts it once where it does not hold.
pub fn verify(
    tunnel: &Tunnel,
    root: &Path,
    timeout: Duration,
    keeper: &mut dyn Keeper,
    hands: &mut Hands<'_>,
) -> Judged {
    let mut judged = Judged::default();
    if !keeper.process().runs() && !tunnel.command.is_empty() {
        (hands.tell)("tunnel process", "it does not run: starting it");
        if let Err(why) = keeper.start() {
            judged.hops.push(not_running(tunnel, &format!("it could not be started: {why}")));
            return judged;
        }
    }
    until_it_holds(tunnel, root, timeout, keeper, hands, &mut judged);
    let mends = judged.broken().is_some_and(|hop| mends(hop.code));
    if judged.result() != ProbeResult::Fail || !mends || hands.left().is_zero() {
        return judged;
    }
    let why = judged.broken().map(|hop| hop.reason.clone()).unwrap_or_default();
    (hands.tell)("tunnel", &format!("{why}: restarting it once"));
    match keeper.restart() {
        Ok(()) => {
            judged.restarted = true;
            judged.note(format!("restarted once, for: {why}"));
            until_it_holds(tunnel, root, timeout, keeper, hands, &mut judged);
        }
        Err(why) => judged.note(format!("not restarted: {why}")),
    }
    judged
}

/// What a restart can mend. A rule that is missing, or an origin that is, stays missing.
fn mends(code: Option<Code>) -> bool {
    matches!(
        code,
        Some(
            Code::TunnelNotRunning
                | Code::TunnelStale
                | Code::TunnelEdge
                | Code::TunnelNotRouting
                | Code::TunnelNotOurs
        )
    )
}

fn until_it_holds(
    tunnel: &Tunnel,
    root: &Path,
    timeout: Duration,
    keeper: &mut dyn Keeper,
    hands: &mut Hands<'_>,
    judged: &mut Judged,
) {
    let started = Instant::now();
    let deadline = started + timeout.min(hands.left());
    let mut probes = std::mem::take(&mut judged.probes);
    loop {
        let process = keeper.process();
        let (hops, notes) = look(tunnel, root, &process, &mut probes, hands);
        judged.hops = hops;
        for note in notes {
            judged.note(note);
        }
        let Some(broken) = judged.broken() else { break };
        // A process that is known to have ended, a missing rule and an old process do not mend themselves. One
        // that is only not seen may be about to become another program (`exec`).
        let ended = matches!(process, Process::Gone(Some(_))) || tunnel.command.is_empty();
        let final_one = match broken.code {
            Some(Code::TunnelNotRunning) => ended,
            Some(Code::TunnelStale | Code::TunnelConfig | Code::TunnelIngress) => true,
            _ => false,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if final_one || left.is_zero() {
            break;
        }
        (hands.tell)(&format!("tunnel {}", broken.hop), &broken.reason);
        let pause = if started.elapsed() < SOON { OFTEN } else { EVERY };
        if !hands.rest(pause.min(left)) {
            break;
        }
    }
    judged.probes = probes;
}

/// Every hop, once. After a broken one the others are not asked: they follow from it.
pub fn look(
    tunnel: &Tunnel,
    root: &Path,
    process: &Process,
    probes: &mut Vec<Probed>,
    hands: &Hands<'_>,
) -> (Vec<Hop>, Vec<String>) {
    let (mut hops, mut notes) = (Vec::new(), Vec::new());
    let elsewhere = !process.runs() && tunnel.command.is_empty();
    if elsewhere {
        // It may run on another machine: then the public address tells.
        let public = public::look(tunnel, None, probes, hands);
        if !tunnel.verify.is_empty() && public.iter().all(|hop| hop.result == ProbeResult::Pass) {
            hops.push(pass("process", "it runs elsewhere: the public address answers as ours", Value::Null));
            hops.extend(public);
            return (hops, notes);
        }
    }
    if !process.runs() {
        hops.push(not_running(tunnel, &process.told()));
        return (hops, notes);
    }
    hops.push(pass("process", &process.told(), json!({ "pid": process.pid() })));
    let file = match ingress::read(tunnel, root) {
        Ok(file) => file,
        Err(why) => {
            hops.push(no_config(why));
            return (hops, notes);
        }
    };
    if let Some(file) = &file {
        let fresh = fresh(tunnel, file, process);
        // A restart would bring up what stands there now: that is judged before it takes down what still leads here.
        if fresh.result != ProbeResult::Pass
            && let Some(hop) = unfit(tunnel, file, root, hands)
        {
            notes.push(fresh.reason);
            hops.push(hop);
            return (hops, notes);
        }
        hops.push(fresh);
        if broken(&hops) {
            return (hops, notes);
        }
        if let Some(hop) = ingress::identity(tunnel, file, root) {
            hops.push(hop);
            if broken(&hops) {
                return (hops, notes);
            }
        }
    }
    if let Some(hop) = edge(tunnel, hands) {
        hops.push(hop);
        if broken(&hops) {
            return (hops, notes);
        }
    }
    let targets = match file.as_ref().filter(|file| file.is_known()) {
        Some(file) => match ingress::rule(tunnel, file, hands) {
            Ok((hop, targets)) => {
                hops.push(hop);
                targets
            }
            Err(hop) => {
                hops.push(*hop);
                return (hops, notes);
            }
        },
        None => origin::of_command(tunnel),
    };
    let seen: Vec<origin::Seen> = targets.iter().filter_map(origin::see).collect();
    if let Some(dead) = seen.iter().find(|seen| !seen.reachable()) {
        hops.push(dead.hop());
        return (hops, notes);
    }
    for seen in &seen {
        hops.push(seen.hop());
        notes.extend(seen.warning());
    }
    let one_family = seen.iter().find_map(origin::Seen::warning);
    hops.extend(public::look(tunnel, one_family.as_deref(), probes, hands));
    (hops, notes)
}

/// What of a configuration can be judged without a process.
fn unfit(tunnel: &Tunnel, file: &ingress::File, root: &Path, hands: &Hands<'_>) -> Option<Hop> {
    let identity = ingress::identity(tunnel, file, root).filter(|hop| hop.result != ProbeResult::Pass);
    let rule = || ingress::rule(tunnel, file, hands).err().filter(|_| file.is_known()).map(|hop| *hop);
    identity.or_else(rule)
}

/// The first thing in the configuration that no process could make good.
#[must_use]
pub fn unfit_to_start(tunnel: &Tunnel, root: &Path, hands: &Hands<'_>) -> Option<Hop> {
    match ingress::read(tunnel, root) {
        Ok(file) => file.and_then(|file| unfit(tunnel, &file, root, hands)),
        Err(why) => Some(no_config(why)),
    }
}

fn no_config(why: String) -> Hop {
    let next = "put the tunnel's configuration where `[tunnel] config` says it is";
    fail("config", Code::TunnelConfig, why, next.into())
}

fn broken(hops: &[Hop]) -> bool {
    hops.last().is_some_and(|hop| hop.result != ProbeResult::Pass)
}

fn not_running(tunnel: &Tunnel, why: &str) -> Hop {
    let next = if tunnel.command.is_empty() {
        "start the tunnel, or add `command` to [tunnel] so that guard does".to_owned()
    } else {
        let words: Vec<&str> = tunnel.command.iter().map(|word| word.value.as_str()).collect();
        let words = expect::excerpt(&words.join(" "), 160);
        format!("`guard logs tunnel` shows what it said; else run `{words}` by hand")
    };
    fail("process", Code::TunnelNotRunning, why, next)
}

/// The process started after its configuration was last written.
fn fresh(tunnel: &Tunnel, file: &ingress::File, process: &Process) -> Hop {
    // Clocks of files and of processes are not read at the same moment.
    const SLACK: i64 = 1500;
    let (Some(written), Some(started)) = (file.written, process.started()) else {
        return pass("config", "it is there; when it was written is not known", Value::Null);
    };
    let evidence = json!({
        "config_written": clock::written_with_millis(written),
        "process_started": clock::written_with_millis(started),
    });
    if written <= started + SLACK {
        return pass("config", "the process is younger than its configuration", evidence);
    }
    let seconds = (written - started) / 1000;
    let reason = format!(
        "{} was written {seconds} s after the process started: it still runs with the old one",
        tunnel.config.as_ref().map_or("the configuration", |at| at.value.as_str())
    );
    let mut hop = fail("config", Code::TunnelStale, reason, "restart the tunnel".into());
    hop.evidence = evidence;
    hop
}

/// What the tunnel itself says of its connections. `ready` is asked, and no other word counts: a process
/// that serves its health page may have no connection at all.
fn edge(tunnel: &Tunnel, hands: &Hands<'_>) -> Option<Hop> {
    let url = tunnel.ready.as_ref()?;
    let next = match tunnel.kind.value {
        TunnelKind::Cloudflared => {
            "look at this machine's way out (port 7844) and at the tunnel's credentials"
        }
        _ => "look at this machine's way out, and at what the tunnel's log says of its server",
    };
    let no = |reason: String| Some(fail("edge", Code::TunnelEdge, reason, next.to_owned()));
    let url = match expect::filled(&url.value, hands.variables) {
        Ok(url) => url,
        Err(name) => return no(format!("`ready` needs the variable {name}, which is not set")),
    };
    match hands.ask(&Question::get(&url, hands.within(ASKED))) {
        Err(trouble) => no(format!("{url} does not answer: {}", spoken(&trouble))),
        Ok(answer) => {
            let said: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
            let connections = said.get("readyConnections").and_then(Value::as_i64);
            if answer.status == 200 && connections != Some(0) {
                let told = connections.map_or_else(
                    || "it says that it is ready".to_owned(),
                    |n| format!("{n} connection{} to the edge", if n == 1 { "" } else { "s" }),
                );
                return Some(pass("edge", &told, json!({ "connections": connections })));
            }
            no(match connections {
                Some(n) => {
                    format!("the process runs, and has {n} connections to the edge ({})", answer.status)
                }
                None => format!("the process runs, and is not ready ({})", answer.status),
            })
        }
    }
}

fn pass(hop: &str, reason: &str, evidence: Value) -> Hop {
    Hop {
        hop: hop.to_owned(),
        result: ProbeResult::Pass,
        code: None,
        reason: reason.to_owned(),
        next: None,
        evidence,
    }
}

fn fail(hop: &str, code: Code, reason: impl AsRef<str>, next: String) -> Hop {
    let reason = reason.as_ref();
    Hop { code: Some(code), result: ProbeResult::Fail, next: Some(next), ..pass(hop, reason, Value::Null) }
}
