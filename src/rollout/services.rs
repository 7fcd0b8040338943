//! The services of `guard.toml` in the order of `needs`, and how one is started: its intent journaled, under
//! a shim of its own, and never while somebody else holds its port.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::halt::{Halt, Step};
use super::passing;
use super::ports;
use super::ready::Gate;
use super::record::{self, Recipe, Record};
use super::run::Run;
use super::stop::{self, Stopped};
use super::surroundings;
use crate::config::Config;
use crate::config::model::Service;
use crate::io::clock::{Look, Unmet};
use crate::words::digest::sha256_hex;
use crate::words::ending::Code;
use crate::words::rollout::{State, StateResult};

/// So long what runs may answer badly before it is replaced.
const DOUBT: Duration = Duration::from_secs(1);

/// A service of this run.
#[derive(Clone, Debug)]
pub struct Serving {
    /// Its place in `guard.toml`.
    pub at: usize,
    pub name: String,
    pub label: String,
    pub record: Option<Record>,
    /// This run started it.
    pub started: bool,
    /// This run stopped it again.
    pub stopped: bool,
    pub healthy: Option<bool>,
    /// The sockets that were its own when it was ready.
    pub held: Option<BTreeSet<u64>>,
    pub log_tail: Vec<String>,
}

/// The places of the services in the order in which they start.
#[must_use]
pub fn order(config: &Config) -> Vec<usize> {
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut order = Vec::new();
    while order.len() < config.services.len() {
        let before = order.len();
        for (at, service) in config.services.iter().enumerate() {
            let ready = service.needs.iter().all(|need| done.contains(need.value.as_str()));
            if ready && done.insert(&service.name.value) {
                order.push(at);
            }
        }
        // The parser refuses circles; whoever is left would never start.
        if order.len() == before {
            break;
        }
    }
    order
}

/// Every service with the label of its states.
#[must_use]
pub fn serving(config: &Config) -> Vec<Serving> {
    let order = order(config);
    let two = ["BACKEND", "FRONTEND"];
    let label = |place: usize, name: &str| match order.len() {
        2 => two[place].to_owned(),
        _ => State::label(name),
    };
    let one = |(place, at): (usize, &usize)| {
        let name = config.services[*at].name.value.clone();
        Serving {
            at: *at,
            label: label(place, &name),
            name,
            record: None,
            started: false,
            stopped: false,
            healthy: None,
            held: None,
            log_tail: Vec::new(),
        }
    };
    order.iter().enumerate().map(one).collect()
}

/// Whether a service has a gate of its own. The frontend of two has one where it has probes.
#[must_use]
pub fn has_gate(serving: &Serving, service: &Service) -> bool {
    serving.label != "FRONTEND" || !service.ready.is_empty()
}

#[must_use]
pub fn host(service: &Service) -> String {
    service.host.as_ref().map_or_else(|| surroundings::HOST.to_owned(), |at| at.value.clone())
}

impl Run<'_> {
    #[must_use]
    pub fn service(&self, at: usize) -> Service {
        self.config.services[self.services[at].at].clone()
    }

    fn record_path(&self, name: &str) -> PathBuf {
        self.places.service(self.request.environment, name)
    }

    fn directory(&self, service: &Service) -> PathBuf {
        let root = self.places.root();
        service.cwd.as_ref().map_or_else(|| root.to_owned(), |cwd| root.join(&cwd.value))
    }

    /// What would be started, and what makes it what it is.
    pub fn recipe(&self, service: &Service) -> Step<Recipe> {
        let name = &service.name.value;
        let command: Vec<String> = service.command.iter().map(|word| word.value.clone()).collect();
        let directory = self.directory(service).display().to_string();
        let port = service.port.as_ref().map(|at| at.value);
        let (host, own) = (host(service), surroundings::own(service));
        let values: Vec<(&str, &str)> = self
            .config
            .deploy
            .required_env
            .iter()
            .map(|at| (at.value.as_str(), self.request.variables.get(&at.value).unwrap_or_default()))
            .collect();
        let whole = json!([self.tree, command, directory, port, host, own, values]);
        let given = surroundings::of_service(self.request.variables, port, &host, &own);
        let signal = service.stop.signal.as_ref().map_or_else(|| "TERM".into(), |at| at.value.clone());
        let grace = self.durations().grace(service).map_err(|wrong| super::run::wrong(&wrong))?.value;
        Ok(Recipe {
            service: name.clone(),
            run: self.id.clone(),
            digest: sha256_hex(whole.to_string().as_bytes()),
            commit: self.commit.clone(),
            tree: self.tree.clone(),
            command,
            directory,
            port,
            host,
            variables: given.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect(),
            own,
            signal,
            grace_ms: super::hands::millis(grace),
            log: self.places.log(name).display().to_string(),
        })
    }

    /// The `*_START` state of one service. It is kept where it is what would be started, and healthy.
    pub fn start_service(&mut self, at: usize) -> Step {
        let service = self.service(at);
        let name = service.name.value.clone();
        let recipe = self.recipe(&service)?;
        let path = self.record_path(&name);
        let before = Record::read(&path);
        let mut evidence = Map::new();
        evidence.insert("intent".into(), "start".into());
        evidence.insert("service".into(), name.clone().into());
        self.enter(State::Start(self.services[at].label.clone()), evidence)?;
        if at == 0 {
            self.stop_removed()?;
        }
        if let Some(before) = before {
            // Without its shim nobody reads its log, and a full pipe ends or stops it one day.
            let kept = before.recipe.digest == recipe.digest && before.lives() && before.shim.lives();
            if kept && self.is_well(&service, &before)? {
                self.note("kept", "it runs what would be started, and is healthy");
                self.note("pid", before.process.as_ref().map(|process| process.pid));
                self.services[at].healthy = Some(true);
                self.services[at].record = Some(before);
                self.leave(StateResult::Pass, None);
                return Ok(());
            }
            self.replace(before)?;
        }
        if let Some(port) = recipe.port {
            self.free_of_ours(&name, port)?;
            self.wait_for_port(&name, port)?;
        }
        self.services[at].started = true;
        let given = surroundings::of_service(self.request.variables, recipe.port, &recipe.host, &recipe.own);
        let record = self.start_process(recipe, given)?;
        self.note("pid", record.process.as_ref().map(|process| process.pid));
        self.note("shim", record.shim.pid);
        self.services[at].record = Some(record);
        if !has_gate(&self.services[at], &service) {
            passing::pass(self, at)?;
        }
        self.leave(StateResult::Pass, None);
        Ok(())
    }

    /// Whether it is as its gate would have it. One bad answer is no reason to replace what serves.
    fn is_well(&mut self, service: &Service, record: &Record) -> Step<bool> {
        let mut gate = Gate::of(self, service, record)?;
        let variables = self.request.variables;
        let what = format!("{} that runs to be as asked", service.name.value);
        let well = self.poll(&what, Instant::now() + DOUBT, || match gate.once(variables) {
            Ok(()) => Look::Holds(()),
            Err(not) if not.never => Look::Never(Halt::failed("service", not.code, not.why, "")),
            Err(not) => Look::Not(not.why),
        });
        self.pressing().map_or(Ok(well.is_ok()), Err)
    }

    /// Stops what stood in a service's place. What belongs to the last known-good release comes back when
    /// this run fails.
    fn replace(&mut self, before: Record) -> Step {
        let alive = !before.members().is_empty();
        if alive {
            self.waiting(
                &format!("the end of {} of the run before", before.recipe.service),
                "it is replaced",
            );
            self.stop_record(&before)?;
            self.note(
                "replaced",
                json!({
                    "pid": before.process.as_ref().map(|process| process.pid),
                    "run": before.recipe.run,
                    "commit": before.recipe.commit,
                }),
            );
            self.replaced.push(before);
        }
        Ok(())
    }

    /// Services that are no longer in `guard.toml` hold ports and connections.
    fn stop_removed(&mut self) -> Step {
        let names: Vec<&str> = self.config.services.iter().map(|it| it.name.value.as_str()).collect();
        let all = record::all(&self.places, self.request.environment);
        let gone: Vec<Record> = all
            .into_iter()
            .filter(|record| {
                record.recipe.service != TUNNEL && !names.contains(&record.recipe.service.as_str())
            })
            .collect();
        for record in gone {
            self.replace(record)?;
        }
        Ok(())
    }

    pub fn stop_record(&mut self, record: &Record) -> Step {
        let path = self.record_path(&record.recipe.service);
        let name = record.recipe.service.clone();
        let what = format!("the end of {name}");
        let stopped = stop::stop(record, &path, |why| self.waiting(&what, why));
        match stopped {
            Stopped::Stays(left) => {
                let pids: Vec<String> = left.iter().map(u32::to_string).collect();
                Err(Halt::failed(
                    &format!("service {name}"),
                    Code::ServiceNotReady,
                    format!("{name} of the run before does not end: {} stay", pids.join(", ")),
                    "look at what holds these processes (a disk, a debugger)",
                ))
            }
            Stopped::WasNot | Stopped::Gently | Stopped::ByForce => Ok(()),
        }
    }

    /// Another service of the run before may hold the port that this one has now.
    fn free_of_ours(&mut self, name: &str, port: u16) -> Step {
        let all = record::all(&self.places, self.request.environment);
        for other in all.into_iter().filter(|other| other.recipe.service != name) {
            if other.recipe.run != self.id && !ports::holders(port, &[&other]).0.is_empty() {
                self.replace(other)?;
            }
        }
        Ok(())
    }

    /// Nobody is killed for a port: who holds it is named.
    fn wait_for_port(&mut self, name: &str, port: u16) -> Step {
        let what = format!("port {port} for {name}");
        let deadline = Instant::now() + Duration::from_secs(2);
        let free = self.poll(&what, deadline, || {
            let (own, others) = ports::holders(port, &[]);
            match others.first() {
                None if own.is_empty() => Look::Holds(()),
                Some(foreign) => Look::Not(foreign.told()),
                None => Look::Not("it is held".into()),
            }
        });
        match free {
            Ok(()) => Ok(()),
            Err(Unmet::Never(halt)) => Err(halt),
            Err(Unmet::Late(why)) => {
                let next = "stop what holds it, or give the service another port";
                Err(Halt::failed("port", Code::PrecheckPort, why, next))
            }
        }
    }

    /// The last lines of a service's log, as they stand on the disk: of the process that was started last.
    #[must_use]
    pub fn log_tail(&self, name: &str, lines: usize) -> Vec<String> {
        let from =
            Record::of(&self.places, self.request.environment, name).and_then(|record| record.log_from);
        let tail = super::log::tail_from(&self.places.log(name), from, lines);
        tail.iter().map(|line| self.redactor.clean(line)).collect()
    }
}

/// The tunnel's process has a record like a service's. No service may be called so.
pub const TUNNEL: &str = "tunnel:";

/// What a gate leaves in the evidence of its state.
#[must_use]
pub fn evidence(record: &Record) -> Value {
    json!({
        "pid": record.process.as_ref().map(|process| process.pid),
        "executable": record.process.as_ref().map(|process| process.executable.clone()),
        "started_at": record.started_at,
    })
}
