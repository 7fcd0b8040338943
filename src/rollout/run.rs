//! One rollout as it goes on: where it is, what it knows, and the one way in which it tells and waits.

use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::clean;
use super::halt::{Halt, Step};
use super::hands::{Hands, millis, stamp};
use super::incident::Often;
use super::journal::{Interrupted, Journal};
use super::places::Places;
use super::record::Record;
use super::services::Serving;
use crate::config::Config;
use crate::config::durations::{Durations, Wrong};
use crate::gate::enter::Request;
use crate::incidents::flush::Way;
use crate::io::clock::{self, Look, Unmet};
use crate::io::signals;
use crate::words::ending::{Code, Ending};
use crate::words::rollout::{Event, ExternalResult, Kind, Probed, State, StateReport, StateResult};
use crate::words::secret::Redactor;

/// Whoever listens: terminal, stream, tests.
pub type Hear<'a> = dyn FnMut(&Event) + 'a;

pub struct Run<'a> {
    pub request: &'a Request<'a>,
    pub places: Places,
    pub config: Config,
    pub timeout: Option<Duration>,
    pub redactor: Redactor,
    pub id: String,
    pub commit: Option<String>,
    /// Commit and whatever differs from it.
    pub tree: String,
    pub started: Instant,
    pub started_at: String,
    pub deadline: Instant,
    pub states: Vec<StateReport>,
    pub services: Vec<Serving>,
    /// The tunnel was started or restarted.
    pub tunnelled: bool,
    /// Stopped by this run, and part of the last known-good release.
    pub replaced: Vec<Record>,
    pub external: Vec<ExternalResult>,
    pub migrations: Vec<String>,
    pub outstanding: Vec<Halt>,
    pub notes: Vec<String>,
    pub proof: Value,
    pub incident: Option<String>,
    pub interrupted: Option<Interrupted>,
    /// The way to the database for incidents, once its mark was verified.
    pub way: Option<Way>,
    /// What is an incident only when it happens often.
    pub happened: Vec<Often>,
    pub journal: Option<Journal>,
    hear: &'a mut Hear<'a>,
    current: Option<Current>,
}

struct Current {
    state: State,
    since: Instant,
    at: String,
    probes: Vec<Probed>,
    evidence: Map<String, Value>,
    told: Option<(String, Instant)>,
}

/// The same wait is told again after this long.
const AGAIN: Duration = Duration::from_secs(2);

/// Another reason for the same wait is told after this long.
const OTHER: Duration = Duration::from_millis(100);

/// How often conditions are looked at: what comes true is seen well within 50 ms.
pub const LOOK: Duration = Duration::from_millis(5);

/// What a run begins with.
pub struct Beginning<'a> {
    pub request: &'a Request<'a>,
    pub places: Places,
    pub config: Config,
    pub timeout: Option<Duration>,
    pub redactor: Redactor,
    pub id: String,
    pub commit: Option<String>,
    pub tree: String,
    pub journal: Option<Journal>,
}

impl<'a> Run<'a> {
    pub fn new(beginning: Beginning<'a>, hear: &'a mut Hear<'a>) -> Result<Self, Wrong> {
        let Beginning { request, places, config, timeout, redactor, id, commit, tree, journal } = beginning;
        let whole = Durations { config: &config, variables: request.variables, timeout }.deploy()?.value;
        let started = Instant::now();
        Ok(Self {
            request,
            places,
            config,
            timeout,
            redactor,
            id,
            commit,
            tree,
            started,
            started_at: stamp(),
            deadline: started + whole,
            states: Vec::new(),
            services: Vec::new(),
            tunnelled: false,
            replaced: Vec::new(),
            external: Vec::new(),
            migrations: Vec::new(),
            outstanding: Vec::new(),
            notes: Vec::new(),
            proof: Value::Null,
            incident: None,
            interrupted: None,
            way: None,
            happened: Vec::new(),
            hear,
            journal,
            current: None,
        })
    }

    #[must_use]
    pub fn durations(&self) -> Durations<'_> {
        Durations { config: &self.config, variables: self.request.variables, timeout: self.timeout }
    }

    pub fn enter(&mut self, state: State, evidence: Map<String, Value>) -> Step {
        self.enter_quietly(state, evidence).map_err(|error| {
            let why = format!("the journal cannot be written: {error}");
            Halt::refused("disk", Code::PrecheckDisk, why, "make room, and let this user write to .guard")
        })
    }

    /// Enters a state of which only the journal hears: a command by hand is no rollout, and can be killed all the
    /// same.
    pub fn enter_unheard(&mut self, state: State, evidence: Map<String, Value>) -> std::io::Result<()> {
        let at = stamp();
        let event = Event {
            time: at.clone(),
            event: Kind::Enter,
            state: state.clone(),
            duration_ms: 0,
            result: None,
            code: None,
            waiting_for: None,
            why_not: None,
            evidence: self.clean_map(&evidence),
        };
        self.current =
            Some(Current { state, since: Instant::now(), at, probes: Vec::new(), evidence, told: None });
        match &mut self.journal {
            Some(journal) => journal.add(&event),
            None => Ok(()),
        }
    }

    /// The same for a state that must be gone through whatever the journal says.
    pub fn enter_quietly(&mut self, state: State, evidence: Map<String, Value>) -> std::io::Result<()> {
        let current = Current {
            state: state.clone(),
            since: Instant::now(),
            at: stamp(),
            probes: Vec::new(),
            evidence: evidence.clone(),
            told: None,
        };
        let event = Event {
            time: current.at.clone(),
            event: Kind::Enter,
            state,
            duration_ms: 0,
            result: None,
            code: None,
            waiting_for: None,
            why_not: None,
            evidence,
        };
        self.current = Some(current);
        self.emit(event)
    }

    /// Adds to what is known of the state.
    pub fn note(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(current) = &mut self.current {
            current.evidence.insert(name.to_owned(), value.into());
        }
    }

    pub fn probed(&mut self, probe: Probed) {
        if let Some(current) = &mut self.current {
            current.probes.push(probe);
        }
    }

    #[must_use]
    pub fn state(&self) -> Option<State> {
        let left = || self.states.last().map(|state| state.state.clone());
        self.current.as_ref().map(|current| current.state.clone()).or_else(left)
    }

    /// Says what is waited for, when it is something new or long ago.
    pub fn waiting(&mut self, what: &str, why: &str) {
        let Some(current) = &mut self.current else { return };
        let text = format!("{what}: {why}");
        let too_soon = |(told, at): &(String, Instant)| {
            at.elapsed() < if *told == text { AGAIN } else { OTHER } && told.starts_with(what)
        };
        if current.told.as_ref().is_some_and(too_soon) {
            return;
        }
        current.told = Some((text, Instant::now()));
        let event = Event {
            time: stamp(),
            event: Kind::Wait,
            state: current.state.clone(),
            duration_ms: millis(current.since.elapsed()),
            result: None,
            code: None,
            waiting_for: Some(what.to_owned()),
            why_not: Some(why.to_owned()).filter(|why| !why.is_empty()),
            evidence: Map::new(),
        };
        // A wait that could not be noted is a wait all the same.
        drop(self.emit(event));
    }

    pub fn leave(&mut self, result: StateResult, code: Option<Code>) {
        let Some(current) = self.current.take() else { return };
        let duration_ms = millis(current.since.elapsed());
        let probes: Vec<Probed> =
            current.probes.into_iter().map(|probe| clean::probed(&self.redactor, probe)).collect();
        let evidence = self.clean_map(&current.evidence);
        let event = Event {
            time: stamp(),
            event: Kind::Leave,
            state: current.state.clone(),
            duration_ms,
            result: Some(result),
            code,
            waiting_for: None,
            why_not: None,
            evidence: evidence.clone(),
        };
        drop(self.emit(event));
        self.states.push(StateReport {
            state: current.state,
            started_at: current.at,
            duration_ms,
            result,
            probes,
            evidence,
        });
    }

    /// A state with nothing to do, in its place.
    pub fn skip(&mut self, state: State, why: &str) -> Step {
        self.enter(state, Map::new())?;
        self.note("skipped", why);
        self.leave(StateResult::Skipped, None);
        Ok(())
    }

    fn emit(&mut self, mut event: Event) -> std::io::Result<()> {
        event.why_not = event.why_not.map(|text| self.redactor.clean(&text));
        event.waiting_for = event.waiting_for.map(|text| self.redactor.clean(&text));
        event.evidence = self.clean_map(&event.evidence);
        (self.hear)(&event);
        match &mut self.journal {
            Some(journal) => journal.add(&event),
            None => Ok(()),
        }
    }

    fn clean_map(&self, map: &Map<String, Value>) -> Map<String, Value> {
        clean::map(&self.redactor, map.clone())
    }

    /// What the leaves are handed.
    pub fn with_hands<T>(&mut self, work: impl FnOnce(&mut Hands<'_>) -> T) -> T {
        let commit = self.commit.clone().unwrap_or_default();
        let variables = self.request.variables.clone().with("GIT_COMMIT", commit);
        let (redactor, deadline) = (self.redactor.clone(), self.deadline);
        let mut tell = |what: &str, why: &str| self.waiting(what, why);
        work(&mut Hands { variables: &variables, redactor: &redactor, deadline, tell: &mut tell })
    }

    /// Leaves the state in which it does not go on.
    pub fn fail(&mut self, halt: &Halt) {
        if self.current.is_some() {
            self.note("reason", halt.ending.message.clone());
            if let Some(details) = Some(&halt.ending.details).filter(|details| !details.is_empty()) {
                self.note("details", Value::Object((**details).clone()));
            }
            self.leave(StateResult::Fail, halt.ending.code);
        }
    }

    /// Ends the journal.
    pub fn close(&mut self, outcome: &str) {
        let state = self.state().unwrap_or(State::Precheck);
        if let Some(journal) = &mut self.journal {
            drop(journal.end(&self.id, outcome, &state));
        }
    }

    /// The end was asked for, or the whole run's time is up.
    #[must_use]
    pub fn pressing(&self) -> Option<Box<Halt>> {
        if signals::asked() {
            return Some(interrupted());
        }
        if Instant::now() >= self.deadline {
            let whole = self.deadline.saturating_duration_since(self.started).as_secs_f64();
            return Some(Halt::failed(
                "deploy",
                Code::DeployTimeout,
                format!("the whole rollout took longer than {whole} s"),
                "see in the report which state took the time; `[deploy] timeout` or `--timeout` is the limit",
            ));
        }
        None
    }

    /// Looks until it holds, cannot hold, the deadline passes, or the run is pressed to its end.
    pub fn poll<T>(
        &mut self,
        what: &str,
        deadline: Instant,
        mut look: impl FnMut() -> Look<T, Box<Halt>>,
    ) -> Result<T, Unmet<Box<Halt>>> {
        let first = deadline.min(self.deadline);
        let look = || if signals::asked() { Look::Never(interrupted()) } else { look() };
        match clock::poll(first, LOOK, look, |why| self.waiting(what, why)) {
            Err(Unmet::Late(why)) => match self.pressing() {
                Some(halt) => Err(Unmet::Never(halt)),
                None => Err(Unmet::Late(why)),
            },
            other => other,
        }
    }

    /// What a step found that ends the rollout, with what had been changed before it.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.tunnelled || self.services.iter().any(|service| service.started) || !self.replaced.is_empty()
    }
}

#[allow(clippy::unnecessary_box_returns, reason = "every step ends with a boxed halt")]
fn interrupted() -> Box<Halt> {
    Halt::failed(
        "deploy",
        Code::DeployInterrupted,
        "a signal asked for the end",
        "run `guard deploy` again when it may run to its end",
    )
}

/// A duration that is none.
#[must_use]
pub fn wrong(wrong: &Wrong) -> Ending {
    Ending::refused(Code::ConfigInvalid, wrong.to_string())
        .next("write a number and a unit, as in 500ms, 30s, 5m")
}
