//! The ready gate: the process lives, it holds the port itself on the family that others dial, its memory
//! is not zero, and every probe answers as asked, all in one round. An end ends the gate at once.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::halt::{Halt, Step};
use super::hands::{millis, stamp};
use super::ports::{self, reaches};
use super::probes::{Asked, Attempted, address};
use super::record::{Exit, Record};
use super::run::{Run, wrong};
use super::services::host;
use crate::config::model::Service;
use crate::io::environment::Environment;
use crate::io::process;
use crate::io::sockets::{self, Socket};
use crate::words::ending::Code;
use crate::words::rollout::{ProbeResult, Probed};

/// Lines of the log that go into the report.
pub const LINES: usize = 40;

/// A process that is stopped by a signal this long does not come back by itself.
const FROZEN: Duration = Duration::from_secs(5);

/// What a service lives through whose readiness nobody can ask for.
const LIVED: Duration = Duration::from_millis(500);

/// Why a service is not ready: with the code that it would fail with.
#[derive(Clone, Debug)]
pub struct NotReady {
    pub code: Code,
    pub why: String,
    pub next: String,
    /// It cannot become ready any more.
    pub never: bool,
}

impl NotReady {
    pub(super) fn not_yet(why: impl Into<String>) -> Self {
        Self { code: Code::ServiceNotReady, why: why.into(), next: String::new(), never: false }
    }

    /// It could not even be started.
    pub(super) fn of(halt: Halt) -> Self {
        let Halt { ending, .. } = halt;
        let next = ending.next.into_iter().next().unwrap_or_default();
        let code = ending.code.unwrap_or(Code::ServiceNotReady);
        Self { code, why: ending.message, next, never: true }
    }
}

/// Everything that is asked of one service, and how far it is.
pub struct Gate {
    pub(super) name: String,
    pub(super) record: Record,
    pub(super) port: Option<u16>,
    pub(super) host: String,
    probes: Vec<Asked>,
    pub(super) found: Vec<Probed>,
    at: usize,
    waiting: Option<Receiver<Attempted>>,
    next: Option<Instant>,
    frozen: Option<Instant>,
    /// The sockets that were seen to be its own.
    pub(super) held: Option<BTreeSet<u64>>,
    /// None: it has lived long enough before.
    since: Option<Instant>,
}

impl Gate {
    pub fn of(run: &Run<'_>, service: &Service, record: &Record) -> Step<Self> {
        let port = service.port.as_ref().map(|at| at.value);
        Self::back(run, None, record)
            .map(|gate| Self { port, host: host(service), ..gate })?
            .asking(run, service)
    }

    /// For a service that is started from a record: where that says, with what its probes ask today.
    pub(super) fn back(run: &Run<'_>, service: Option<&Service>, record: &Record) -> Step<Self> {
        let (port, host) = (record.recipe.port, record.recipe.host.clone());
        let empty = Self {
            name: record.recipe.service.clone(),
            record: record.clone(),
            port,
            host,
            probes: Vec::new(),
            found: Vec::new(),
            at: 0,
            waiting: None,
            next: None,
            frozen: None,
            held: None,
            since: Some(Instant::now()),
        };
        match service {
            Some(service) => empty.asking(run, service),
            None => Ok(empty),
        }
    }

    /// So long a whole round may take, each answer just in time.
    pub(super) fn longest(&self) -> Duration {
        self.probes.iter().map(|probe| probe.timeout).sum()
    }

    /// With the probes of a service.
    fn asking(mut self, run: &Run<'_>, service: &Service) -> Step<Self> {
        let durations = run.durations();
        for probe in &service.ready {
            let url = address(&probe.http.value, &self.host, self.port, run.request.variables);
            let timeout = durations.probe(service, probe).map_err(|error| wrong(&error))?.value;
            let interval = durations.interval(service, probe).map_err(|error| wrong(&error))?.value;
            let pen = run.redactor.clone();
            self.probes.push(Asked::probe(&service.name.value, probe, url, timeout, interval, pen));
        }
        let found = |probe: &Asked| Probed::new(probe.name.clone(), ProbeResult::Fail);
        self.found = self.probes.iter().map(found).collect();
        Ok(self)
    }

    /// For a service that was ready before: while its sockets are the same, they are its own.
    pub(super) fn again(run: &Run<'_>, at: usize, record: &Record) -> Step<Self> {
        let held = run.services[at].held.clone();
        Ok(Self { since: None, held, ..Self::of(run, &run.service(at), record)? })
    }

    /// One whole round, waiting for every answer.
    pub fn once(&mut self, variables: &Environment) -> Result<(), NotReady> {
        self.process()?;
        self.port()?;
        for at in 0..self.probes.len() {
            let attempted = self.probes[at].now(variables);
            self.note(at, &attempted);
            if let Some(why) = attempted.why_not {
                return Err(NotReady::not_yet(format!("{}: {why}", self.probes[at].name)));
            }
        }
        Ok(())
    }

    /// One short look; no answer is waited for.
    pub(super) fn look(&mut self, variables: &Environment) -> Result<(), NotReady> {
        self.process()?;
        if self.port.is_none() && self.probes.is_empty() {
            return self.lived();
        }
        // What was ready before may have lost its port since: that says more than a call that is refused.
        if self.held.is_none() || self.since.is_none() {
            self.holds()?;
        }
        while let Some(probe) = self.probes.get(self.at) {
            if let Some(receiver) = &self.waiting {
                let attempted = match receiver.try_recv() {
                    Ok(attempted) => attempted,
                    Err(TryRecvError::Empty) => {
                        // While it is asked again, what it said before is still the reason.
                        let before = self.found.get(self.at).and_then(|found| found.reason.clone());
                        let why = before.unwrap_or_else(|| format!("{}: no answer yet", probe.name));
                        return Err(NotReady::not_yet(why));
                    }
                    Err(TryRecvError::Disconnected) => Attempted {
                        why_not: Some("the question could not be asked".into()),
                        latency: Duration::ZERO,
                        snapshot: Value::Null,
                    },
                };
                self.waiting = None;
                let (at, name, interval) = (self.at, probe.name.clone(), probe.interval);
                self.note(at, &attempted);
                if let Some(why) = attempted.why_not {
                    // The round begins anew: all hold at once, or it is not ready.
                    self.at = 0;
                    self.next = Some(Instant::now() + interval);
                    return Err(NotReady::not_yet(format!("{name}: {why}")));
                }
                self.at += 1;
                continue;
            }
            if self.next.is_some_and(|next| Instant::now() < next) {
                let last = self.found.iter().find_map(|found| found.reason.clone()).unwrap_or_default();
                return Err(NotReady::not_yet(last));
            }
            self.waiting = Some(probe.send(variables));
        }
        // What held at the start of the round holds at its end.
        self.process()?;
        self.holds()
    }

    /// Who holds a port is looked up once, and again when its sockets are others.
    fn holds(&mut self) -> Result<(), NotReady> {
        let Some(port) = self.port else { return Ok(()) };
        let now = sockets::numbers(port);
        if self.held.as_ref() != Some(&now) {
            self.held = None;
            self.port()?;
            self.held = Some(now);
        }
        Ok(())
    }

    /// Where nothing can be asked, it must at least not end at once.
    fn lived(&self) -> Result<(), NotReady> {
        if self.since.is_none_or(|since| since.elapsed() >= LIVED) {
            return Ok(());
        }
        Err(NotReady::not_yet(format!("{} has no port and no probe: it must live for a while", self.name)))
    }

    fn note(&mut self, at: usize, attempted: &Attempted) {
        let Some(found) = self.found.get_mut(at) else { return };
        let (result, reason) = match &attempted.why_not {
            None => (ProbeResult::Pass, "as asked".to_owned()),
            Some(why) => (ProbeResult::Fail, why.clone()),
        };
        found.result = result;
        found.latency_ms = Some(millis(attempted.latency));
        found.reason = attempted.why_not.as_ref().map(|why| format!("{}: {why}", self.probes[at].name));
        found.snapshot = attempted.snapshot.clone();
        found.attempt(stamp(), result, reason, millis(attempted.latency));
    }

    /// It lives, is not frozen, and is in memory.
    fn process(&mut self) -> Result<(), NotReady> {
        let Some(main) = &self.record.process else {
            return Err(self.exited());
        };
        let Some(seen) = process::see(main.pid).filter(|seen| seen.start == main.start && !seen.is_gone())
        else {
            return Err(self.exited());
        };
        if seen.is_frozen() {
            let since = *self.frozen.get_or_insert_with(Instant::now);
            return Err(NotReady {
                code: Code::ServiceNotReady,
                why: format!(
                    "{} (process {}) is stopped by a signal and answers nobody",
                    self.name, main.pid
                ),
                next: format!("find out who stopped it; `kill -CONT {}` lets it go on", main.pid),
                never: since.elapsed() >= FROZEN,
            });
        }
        self.frozen = None;
        if process::memory(main.pid) == Some(0) {
            return Err(NotReady::not_yet(format!(
                "{} has no memory: it is on its way in or out",
                self.name
            )));
        }
        Ok(())
    }

    pub(super) fn exited(&self) -> NotReady {
        // Who ended well and left a process behind, was not the service: the one behind may still be on
        // its way out of the group.
        let handed_over = self.record.exit.as_ref().is_some_and(|exit| exit.code == Some(0));
        let left: Vec<u32> = self
            .record
            .members()
            .iter()
            .filter(|seen| handed_over || self.record.has_left(seen))
            .map(|seen| seen.pid)
            .collect();
        if !left.is_empty() {
            return self.left_group(&left);
        }
        let how = self.record.exit.as_ref().map_or_else(|| "without saying how".into(), Exit::told);
        NotReady {
            code: Code::ServiceExited,
            why: format!("{} ended ({how})", self.name),
            next: format!("its last lines are in the report; `guard logs {}` shows all of them", self.name),
            never: true,
        }
    }

    fn left_group(&self, left: &[u32]) -> NotReady {
        let pids: Vec<String> = left.iter().map(u32::to_string).collect();
        NotReady {
            code: Code::ServiceLeftGroup,
            why: format!(
                "{} put itself into the background (process {}): guard could neither stop nor watch it",
                self.name,
                pids.join(", ")
            ),
            next: "run it in the foreground: most servers have a flag for that, and need no `&`".into(),
            never: true,
        }
    }

    fn port(&self) -> Result<(), NotReady> {
        let Some(port) = self.port else { return Ok(()) };
        if !sockets::is_listening(port) {
            return Err(NotReady::not_yet(format!("no listener on port {port}, on IPv4 or IPv6")));
        }
        let members = self.record.members();
        let ours: Vec<u32> = members.iter().map(|seen| seen.pid).collect();
        let (own, others) = ports::split(sockets::listeners(&[port]), &ours);
        if own.is_empty() {
            let Some(foreign) = others.first() else {
                return Err(NotReady::not_yet(format!("no listener on port {port}, on IPv4 or IPv6")));
            };
            return Err(NotReady {
                code: Code::ServicePortNotOwned,
                why: format!("{} does not hold its port: {}", self.name, foreign.told()),
                next: foreign.next(),
                never: true,
            });
        }
        let holds = |pid: &u32| own.iter().any(|socket| socket.holders.contains(pid));
        let left: Vec<u32> = members
            .iter()
            .filter(|seen| self.record.has_left(seen) && holds(&seen.pid))
            .map(|seen| seen.pid)
            .collect();
        if !left.is_empty() {
            return Err(self.left_group(&left));
        }
        self.reaches(&own, port)
    }

    fn reaches(&self, own: &[Socket], port: u16) -> Result<(), NotReady> {
        reaches(own, &self.host, port).map_err(|why| NotReady {
            code: Code::ServicePortNotOwned,
            why: format!("{}: {why}", self.name),
            next: format!("let it listen at HOST, which guard sets to {}", self.host),
            never: false,
        })
    }
}
