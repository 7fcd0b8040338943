//! PRECHECK: everything that can be known before anything is touched, and the steps that mend what is
//! missing once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::halt::{Halt, Step};
use super::ports;
use super::record;
use super::run::Run;
use super::services::{self, serving};
use super::standing::Standing;
use super::surroundings::inherited;
use crate::config::model::{Command, Prepare};
use crate::gate::enter::{Standing as Proven, Stood};
use crate::gate::open::{Purpose, question};
use crate::io::child::{Child, ChildError, Output};
use crate::proof::Proof;
use crate::words::ending::Code;
use crate::words::rollout::{State, StateResult};

/// Whether anything may be mended on the way, or only looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Deploy,
    Plan,
}

pub fn precheck(run: &mut Run<'_>, mode: Mode, evidence: Map<String, Value>) -> Step<Stood> {
    run.enter(State::Precheck, evidence)?;
    run.services = serving(&run.config);
    run.durations().all().map_err(|error| super::run::wrong(&error))?;
    run.waiting("the contract, the repository and the proof", "");
    let stood = question(run.request, Purpose::Change)?;
    run.proof = proven(&stood);
    run.note("contract", "frozen, and the check is clean");
    superseded(run)?;
    required(run)?;
    tunnel(run)?;
    ports(run, &stood)?;
    directories(run, mode)?;
    for step in run.config.prepare.clone() {
        prepare(run, &step, mode)?;
    }
    if let Some(halt) = run.pressing() {
        return Err(halt);
    }
    run.leave(StateResult::Pass, None);
    Ok(stood)
}

fn proven(stood: &Stood) -> Value {
    match &stood.standing {
        Proven::NotRequired => Value::Null,
        Proven::Proven(proof) => json!({ "kind": Proof::kind(proof), "claims": proof.claims() }),
    }
}

/// An older commit does not overtake a newer one.
fn superseded(run: &mut Run<'_>) -> Step {
    let last = Standing::read(&run.places, run.request.environment).good.and_then(|good| good.commit);
    let (Some(last), Some(head)) = (last, run.commit.clone()) else { return Ok(()) };
    if last == head {
        return Ok(());
    }
    let repository =
        crate::io::git::Repository::find(run.places.root(), run.request.variables).ok().flatten();
    let older = repository.is_some_and(|repository| repository.is_ancestor(&head, &last).unwrap_or(false));
    if !older {
        return Ok(());
    }
    Err(Halt::refused(
        "commit",
        Code::DeploySuperseded,
        format!("{} is older than {}, which was deployed before", short(&head), short(&last)),
        "deploy the newer commit; `guard rollback` goes back on purpose",
    ))
}

#[must_use]
pub fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

fn required(run: &mut Run<'_>) -> Step {
    let variables = run.request.variables;
    let unset = |name: &&str| variables.get(name).is_none_or(|value| value.trim().is_empty());
    let names: Vec<&str> = run.config.deploy.required_env.iter().map(|at| at.value.as_str()).collect();
    let missing: Vec<&str> = names.iter().copied().filter(unset).collect();
    if missing.is_empty() {
        let set: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), true.into())).collect();
        run.note("configured", set);
        return Ok(());
    }
    let why = format!("unset or empty: {}", missing.join(", "));
    let next = format!("set {} where this command runs", missing.join(", "));
    Err(Halt::refused("env", Code::PrecheckEnv, why, next))
}

fn tunnel(run: &mut Run<'_>) -> Step {
    let Some(config) = run.config.tunnel.as_ref().and_then(|tunnel| tunnel.config.as_ref()) else {
        return Ok(());
    };
    let path = run.places.root().join(&config.value);
    if path.is_file() {
        return Ok(());
    }
    Err(Halt::refused(
        "tunnel config",
        Code::TunnelConfig,
        format!("the tunnel's configuration {} is not there", config.value),
        "put it there, or correct `[tunnel] config`",
    ))
}

/// A port is free on both families, or held by what the last rollout started.
fn ports(run: &mut Run<'_>, stood: &Stood) -> Step {
    let mut taken: BTreeMap<u16, &str> = BTreeMap::new();
    let mut table: Map<String, Value> = Map::new();
    for service in &run.config.services {
        let Some(port) = service.port.as_ref().map(|at| at.value) else { continue };
        let name = service.name.value.as_str();
        table.insert(name.to_owned(), port.into());
        if let Some(other) = taken.insert(port, name) {
            let why = format!("{other} and {name} are both given port {port}");
            return Err(Halt::refused(
                "port",
                Code::PrecheckPort,
                why,
                "give each service a port of its own",
            ));
        }
    }
    let records = record::all(&run.places, run.request.environment);
    let records: Vec<&record::Record> = records.iter().collect();
    let mut foreign = Vec::new();
    for (port, name) in &taken {
        let (own, others) = ports::holders(*port, &records);
        if !own.is_empty() {
            table.insert(format!("{name} is held by"), "its own process of the run before".into());
        }
        foreign.extend(others);
    }
    let assigned: Vec<String> = taken.iter().map(|(port, name)| format!("{name} {port}")).collect();
    run.note("ports", table);
    if foreign.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = foreign.iter().map(ports::Foreign::told).collect();
    let known: Vec<String> =
        stood.project.contract.environments.known.iter().map(|at| at.value.clone()).collect();
    let others = record::elsewhere(&run.places, run.request.environment, &known);
    let holds =
        |record: &record::Record| record.members().iter().any(|seen| Some(seen.pid) == foreign[0].pid);
    let next = match others.iter().find(|(_, record)| holds(record)) {
        Some((other, record)) => {
            let name = &record.recipe.service;
            format!(
                "it is {name} of {other}, which guard started: `guard stop {name} --env {other}`, or another port"
            )
        }
        None => foreign[0].next(),
    };
    let details: Vec<Value> = foreign
        .iter()
        .map(|it| {
            json!({
                "port": it.port, "family": it.family, "address": it.address, "pid": it.pid,
                "command": it.command, "supervisor": it.supervisor,
            })
        })
        .collect();
    run.note("held", details.clone());
    let why = format!("{}; ports as assigned: {}", told.join("; "), assigned.join(", "));
    let mut halt = Halt::refused("port", Code::PrecheckPort, why, next);
    halt.ending = halt.ending.detail("held", details).detail("assigned", assigned);
    Err(halt)
}

/// Directories that are missing are made; what cannot be written to is named.
fn directories(run: &mut Run<'_>, mode: Mode) -> Step {
    let mut paths: Vec<String> = run.config.deploy.writable.iter().map(|at| at.value.clone()).collect();
    paths.push(run.config.deploy.reports.as_ref().map_or_else(|| "logs".to_owned(), |at| at.value.clone()));
    for path in paths {
        let folder = run.places.root().join(&path);
        if mode == Mode::Plan && !folder.exists() {
            continue;
        }
        let written = std::fs::create_dir_all(&folder).and_then(|()| {
            let probe = folder.join(format!(".guard-{}", run.id));
            std::fs::write(&probe, "")?;
            std::fs::remove_file(probe)
        });
        if let Err(error) = written {
            let why = format!("{path} cannot be written to: {error}");
            let next =
                format!("make {path} a folder that this user may write to, and see that the disk has room");
            return Err(Halt::refused("disk", Code::PrecheckDisk, why, next));
        }
    }
    Ok(())
}

/// The check, and the command that mends it once.
fn prepare(run: &mut Run<'_>, step: &Prepare, mode: Mode) -> Step {
    let name = &step.name.value;
    run.waiting(name, "it is checked");
    let first = shell(run, &step.check);
    let Err(why) = succeeded(first) else { return Ok(()) };
    if let Some(halt) = run.pressing() {
        return Err(halt);
    }
    let next = format!("mend it by hand: `{}` must succeed", written(&step.check));
    let Some(fix) = &step.fix else {
        return Err(Halt::refused("prepare", Code::PrecheckPrepare, format!("{name}: {why}"), next));
    };
    if mode == Mode::Plan {
        run.note("to prepare", name.clone());
        return Ok(());
    }
    run.waiting(name, "it is mended");
    let fixed = succeeded(shell(run, fix));
    if let Some(halt) = run.pressing() {
        return Err(halt);
    }
    if let Err(why) = fixed {
        let why = format!("{name}: `{}` did not mend it: {why}", written(fix));
        return Err(Halt::failed("prepare", Code::PrecheckPrepare, why, next));
    }
    match succeeded(shell(run, &step.check)) {
        Ok(()) => {
            run.note("prepared", name.clone());
            Ok(())
        }
        Err(why) => {
            let why = format!("{name}: `{}` ran, and it is still not met: {why}", written(fix));
            Err(Halt::failed("prepare", Code::PrecheckPrepare, why, next))
        }
    }
}

fn written(command: &Command) -> String {
    match command {
        Command::Shell(text) => text.value.clone(),
        Command::Words(words) => words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "),
    }
}

/// Bounded by what is left of the whole run.
fn shell(run: &Run<'_>, command: &Command) -> Result<Output, ChildError> {
    let left = run.deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(100));
    let environment = inherited(run.request.variables);
    let child = match command {
        Command::Shell(text) => Child::new("sh", environment).arguments(["-c", text.value.as_str()]),
        Command::Words(words) => {
            let program = words.first().map_or("", |word| word.value.as_str());
            Child::new(program, environment).arguments(words.iter().skip(1).map(|word| word.value.as_str()))
        }
    };
    child.directory(run.places.root()).at_most(8 << 20, left).interruptible().run()
}

fn succeeded(ran: Result<Output, ChildError>) -> Result<(), String> {
    match ran {
        Ok(output) if output.succeeded() => Ok(()),
        Ok(output) => {
            let code = output.code.map_or_else(|| "a signal".into(), |code| format!("code {code}"));
            let complaint = output.complaint();
            Err(if complaint.is_empty() {
                format!("it ended with {code}")
            } else {
                format!("{complaint} ({code})")
            })
        }
        Err(error) => Err(error.to_string()),
    }
}

/// What `--plan` says of every service.
pub fn planned(run: &Run<'_>) -> Step<Vec<Value>> {
    let mut plan = Vec::new();
    for serving in &run.services {
        let service = &run.config.services[serving.at];
        let recipe = run.recipe(service)?;
        let before = record::Record::of(&run.places, run.request.environment, &serving.name);
        let what = match before {
            Some(before) if before.lives() && before.recipe.digest == recipe.digest => "keep",
            Some(before) if before.lives() => "replace",
            _ => "start",
        };
        plan.push(json!({
            "service": serving.name, "what": what, "state": State::Start(serving.label.clone()).name(),
            "gate": services::has_gate(serving, service), "command": recipe.command, "port": recipe.port,
        }));
    }
    Ok(plan)
}
