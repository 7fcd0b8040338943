//! `TUNNEL_START_OR_VERIFY` and `EXTERNAL_VERIFY` as states: the leaves judge, and here it is decided what their
//! answers mean for the rollout.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::external;
use super::halt::{Halt, Step};
use super::hands::Hands;
use super::incident::Often;
use super::passing::end_of;
use super::record::{Exit, Recipe, Record};
use super::run::{Run, wrong};
use super::services::TUNNEL;
use super::starter::Starter;
use super::stop::{self, Stopped};
use super::surroundings::inherited;
use super::tunnel::process::{self, Process};
use super::tunnel::{self, Judged, Keeper};
use crate::config::model::Tunnel;
use crate::io::child::Child;
use crate::io::clock::{self, Look, Unmet};
use crate::io::environment::Environment;
use crate::words::digest::sha256_hex;
use crate::words::ending::{Code, Ending};
use crate::words::rollout::{ProbeResult, State, StateResult};

/// The process of the tunnel, under a shim as a service's is, or somebody else's.
struct Kept<'a> {
    tunnel: &'a Tunnel,
    starter: Starter,
    recipe: Recipe,
    variables: Environment,
    /// A process of guard's that was stopped for this run.
    replaced: Option<Record>,
    /// It is not as it was before this run.
    changed: bool,
}

impl Kept<'_> {
    fn record(&self) -> Option<Record> {
        Record::read(&self.starter.path(TUNNEL))
    }

    fn stop(&mut self) -> Result<(), String> {
        let Some(record) = self.record() else { return Ok(()) };
        let lived = record.lives();
        if let Stopped::Stays(_) = stop::stop(&record, &self.starter.path(TUNNEL), |_| {}) {
            return Err("the process of before does not end".into());
        }
        if lived && record.recipe.run != self.recipe.run {
            self.replaced = Some(record);
        }
        Ok(())
    }
}

impl Keeper for Kept<'_> {
    fn process(&mut self) -> Process {
        let Some(record) = self.record() else { return process::find(self.tunnel) };
        match &record.process {
            Some(own) if record.lives() => Process::of(own.pid, true),
            _ => match process::find(self.tunnel) {
                Process::Gone(_) => Process::Gone(record.exit.as_ref().map(Exit::told)),
                runs @ Process::Runs { .. } => runs,
            },
        }
    }

    fn start(&mut self) -> Result<(), String> {
        self.changed = true;
        let given = inherited(&self.variables);
        let started = self.starter.start(self.recipe.clone(), given, &mut |_| {});
        started.map(drop).map_err(|halt| halt.ending.message)
    }

    fn restart(&mut self) -> Result<(), String> {
        let ours = self.record().is_some_and(|record| record.lives());
        let other = !ours && process::find(self.tunnel).runs();
        if other || self.tunnel.command.is_empty() {
            let words: Vec<&str> = self.tunnel.restart.iter().map(|word| word.value.as_str()).collect();
            let Some((program, arguments)) = words.split_first() else {
                return Err("guard did not start it, and `[tunnel] restart` names no command for it".into());
            };
            self.changed = true;
            let ran =
                Child::new(program, inherited(&self.variables)).arguments(arguments).interruptible().run();
            return match ran {
                Ok(output) if output.succeeded() => Ok(()),
                Ok(output) => Err(format!("`{}` failed: {}", words.join(" "), output.complaint())),
                Err(error) => Err(error.to_string()),
            };
        }
        self.stop()?;
        self.start()
    }
}

pub fn tunnel(run: &mut Run<'_>) -> Step {
    let Some(own) = run.config.tunnel.clone() else {
        return run.skip(State::Tunnel, "guard.toml has no tunnel");
    };
    run.enter(State::Tunnel, Map::new())?;
    let timeout = run.durations().tunnel().map_err(|error| wrong(&error))?.value;
    let root = run.places.root().to_owned();
    let mut kept = Kept {
        tunnel: &own,
        starter: run.starter(),
        recipe: recipe(run, &own),
        variables: run.request.variables.clone(),
        replaced: None,
        changed: false,
    };
    // Another command line is another tunnel: the one that runs gives way, where the new one could lead anywhere.
    let another =
        kept.record().is_some_and(|record| record.lives() && record.recipe.digest != kept.recipe.digest);
    let unfit = run.with_hands(|hands| tunnel::unfit_to_start(&own, &root, hands)).filter(|_| another);
    let judged = if let Some(hop) = unfit {
        let notes = vec!["the tunnel of before was left as it is".to_owned()];
        Judged { hops: vec![hop], notes, ..Judged::default() }
    } else {
        if another {
            let stopped = kept.stop();
            stopped.map_err(|why| {
                Halt::failed("tunnel process", Code::TunnelNotRunning, why, "look at the process")
            })?;
        }
        run.with_hands(|hands| tunnel::verify(&own, &root, timeout, &mut kept, hands))
    };
    run.tunnelled = kept.changed;
    run.replaced.extend(kept.replaced.take());
    if judged.restarted {
        let name = own.name.as_ref().map_or_else(|| "tunnel".to_owned(), |at| at.value.clone());
        run.happened.push(Often::Tunnel { name, why: judged.notes.join("; ") });
    }
    run.note("hops", serde_json::to_value(&judged.hops).unwrap_or_default());
    run.note("restarted", judged.restarted);
    if !judged.notes.is_empty() {
        run.note("notes", judged.notes.clone());
    }
    for probe in judged.probes.clone() {
        run.probed(probe);
    }
    if let Some(halt) = run.pressing() {
        return Err(halt);
    }
    let halt = judged.broken().map(|hop| {
        let code = hop.code.unwrap_or(Code::TunnelNotRouting);
        let mut ending = Ending::failed(code, hop.reason.clone());
        ending.next.extend(hop.next.clone());
        ending.next.extend(judged.notes.iter().cloned());
        Halt::of(&format!("tunnel {}", hop.hop), ending)
    });
    match (judged.result(), halt) {
        (ProbeResult::Fail, Some(halt)) => Err(halt),
        (ProbeResult::Inconclusive, Some(halt)) => {
            let code = halt.ending.code;
            run.outstanding.push(*halt);
            run.leave(StateResult::Inconclusive, code);
            Ok(())
        }
        _ => {
            run.leave(StateResult::Pass, None);
            Ok(())
        }
    }
}

/// A tunnel of guard's that led here and ended since leads nowhere.
pub fn still(run: &mut Run<'_>) -> Step {
    let Some(tunnel) = run.config.tunnel.clone() else { return Ok(()) };
    let Some(record) = Record::read(&run.starter().path(TUNNEL)) else { return Ok(()) };
    // One that guard started before and that somebody else has started since is theirs.
    if record.lives() || record.recipe.run != run.id || process::find(&tunnel).runs() {
        return Ok(());
    }
    let path = run.starter().path(TUNNEL);
    let record = end_of(run, &path, &record).unwrap_or(record);
    let how = record.exit.as_ref().map_or_else(|| "without saying how".to_owned(), Exit::told);
    Err(Halt::failed(
        "tunnel process",
        Code::TunnelNotRunning,
        format!("the tunnel led here, and its process ended since ({how})"),
        "its last words are in `guard logs tunnel`",
    ))
}

/// Whether a tunnel that was started again leads anywhere, and if not, why. Which build answers is not asked: it is
/// the one of before.
pub fn leads_again(run: &mut Run<'_>) -> Result<(), String> {
    let Some(mut tunnel) = run.config.tunnel.clone() else { return Ok(()) };
    for verify in &mut tunnel.verify {
        verify.marker = None;
    }
    let within = run.durations().tunnel().map_or(Duration::from_secs(10), |set| set.value);
    let deadline = Instant::now() + within;
    let root = run.places.root().to_owned();
    let path = run.starter().path(TUNNEL);
    let look = |hands: &mut Hands<'_>| {
        hands.deadline = deadline;
        let record = Record::read(&path);
        let process = record.filter(Record::lives).and_then(|record| record.process);
        let process = process.map_or(Process::Gone(None), |own| Process::of(own.pid, true));
        let (hops, _) = tunnel::look(&tunnel, &root, &process, &mut Vec::new(), hands);
        match hops.into_iter().find(|hop| hop.result != ProbeResult::Pass) {
            None => Look::<(), ()>::Holds(()),
            Some(hop) => Look::Not(hop.reason),
        }
    };
    let found = run.with_hands(|hands| clock::poll(deadline, AGAIN, || look(hands), |_| {}));
    found.map_err(|unmet| match unmet {
        Unmet::Late(why) => why,
        Unmet::Never(()) => String::new(),
    })
}

/// How often a tunnel that was started again is looked at.
const AGAIN: Duration = Duration::from_millis(100);

fn recipe(run: &Run<'_>, tunnel: &Tunnel) -> Recipe {
    let command: Vec<String> = tunnel.command.iter().map(|word| word.value.clone()).collect();
    let given = inherited(run.request.variables);
    Recipe {
        service: TUNNEL.to_owned(),
        run: run.id.clone(),
        digest: sha256_hex(json!(command).to_string().as_bytes()),
        commit: run.commit.clone(),
        tree: run.tree.clone(),
        command,
        directory: run.places.root().display().to_string(),
        port: None,
        host: String::new(),
        variables: given.iter().map(|(name, _)| name.to_string_lossy().into_owned()).collect(),
        own: std::collections::BTreeMap::new(),
        signal: "TERM".into(),
        grace_ms: 10_000,
        log: run.places.log("tunnel").display().to_string(),
    }
}

pub fn external(run: &mut Run<'_>) -> Step {
    let checks = run.config.external.clone();
    if checks.is_empty() {
        return run.skip(State::External, "guard.toml has no external check");
    }
    run.enter(State::External, Map::new())?;
    let mut worst: Option<Box<Halt>> = None;
    let mut unclear = false;
    for check in &checks {
        let timeout = run.durations().external(check).map_err(|error| wrong(&error))?.value;
        let probed = run.with_hands(|hands| external::verify(check, timeout, hands));
        run.external.push(external::told(check, &probed));
        if probed.result != ProbeResult::Pass {
            let code = probed.code.unwrap_or(Code::ExternalFailed);
            let why = format!("{}: {}", probed.name, probed.reason.clone().unwrap_or_default());
            let next = external::next(check, &probed);
            let halt = Halt::failed(&format!("external {}", probed.name), code, why, next);
            if probed.result == ProbeResult::Fail && check.required {
                worst.get_or_insert(halt);
            } else {
                unclear = true;
                run.outstanding.push(*halt);
            }
        }
        run.probed(probed);
    }
    if let Some(halt) = run.pressing() {
        return Err(halt);
    }
    if let Some(halt) = worst {
        return Err(halt);
    }
    run.note("checks", Value::from(checks.len()));
    let code = run.outstanding.last().and_then(|halt| halt.ending.code).filter(|_| unclear);
    run.leave(if unclear { StateResult::Inconclusive } else { StateResult::Pass }, code);
    Ok(())
}
