//! `guard deploy`: one run from the lock to the report, whichever way it ends.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::halt::{Halt, Step};
use super::hands::stamp;
use super::journal::{self, Journal};
use super::lock::{self, Holder, Lock};
use super::machine;
use super::places::Places;
use super::precheck::{self, Mode, short};
use super::record::Record;
use super::reports::{self, Closing};
use super::rollback;
use super::run::{Beginning, Hear, Often, Run, wrong};
use super::services::TUNNEL;
use super::standing::{Last, Release, Standing, release_path};
use super::surroundings::{inherited, redactor};
use crate::gate::enter::Request;
use crate::gate::project::Project;
use crate::incidents::flush::flush;
use crate::incidents::{cause, often, spool};
use crate::io::child::Child;
use crate::io::environment::Environment;
use crate::io::keys::random_hex;
use crate::io::{clock, signals};
use crate::words::digest::sha256_hex;
use crate::words::ending::{Code, Ending, Outcome};
use crate::words::rollout::{BrokenHop, Event, Kind, Report, State};

/// What is asked of a rollout.
pub struct Asked<'a> {
    pub request: Request<'a>,
    /// So long it queues for the lock.
    pub wait: Option<Duration>,
    pub timeout: Option<Duration>,
    /// Whoever asks, as the lock shows them.
    pub command: &'a str,
}

/// How it ended.
pub struct Ended {
    pub ending: Ending,
    /// None where it ended before there was anything to report, and nowhere to put it.
    pub report: Option<Report>,
    pub path: Option<PathBuf>,
}

impl Ended {
    fn plain(ending: Ending) -> Self {
        Self { ending, report: None, path: None }
    }
}

/// Turns a report into the forms that are read by people.
pub type Render<'a> = &'a dyn Fn(&Report) -> Vec<(&'static str, String)>;

/// The whole run.
pub fn deploy(asked: &Asked<'_>, render: Render<'_>, hear: &mut Hear<'_>) -> Ended {
    signals::listen();
    let environment = asked.request.environment;
    let mut told = String::new();
    let prepared = prepare(asked, |why| {
        if told != why {
            told = why.to_owned();
            hear(&queued(why));
        }
    });
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(ending) => return Ended::plain(ending.of(environment)),
    };
    let Prepared { project, places, lock, id, commit, tree } = prepared;
    let interrupted = journal::interrupted(&places.journal(environment));
    // Whoever asks for the status meanwhile asks about this one.
    drop(super::places::replace(&places.last(), environment));
    let mut standing = Standing::read(&places, environment);
    let journal = match Journal::begin(&places.journal(environment)) {
        Ok(journal) => Some(journal),
        Err(error) => return Ended::plain(disk(&error).of(environment)),
    };
    let tools = versions(&project, asked.request.variables);
    let pen = redactor(asked.request.variables, &project.config);
    let beginning = Beginning {
        request: &asked.request,
        places: places.clone(),
        config: project.config.clone(),
        timeout: asked.timeout,
        redactor: pen,
        id: id.clone(),
        commit: commit.clone(),
        tree,
        journal,
    };
    let mut run = match Run::new(beginning, hear) {
        Ok(run) => run,
        Err(error) => return Ended::plain(wrong(&error).of(environment)),
    };
    run.interrupted.clone_from(&interrupted);
    let evidence = evidence(&run, &lock, &interrupted);
    let went = machine::go(&mut run, evidence);
    let (ending, hop, rollback) = match went {
        Ok(()) => (succeeded(&run), None, None),
        Err(halt) => {
            run.fail(&halt);
            let rollback = rollback::undo(&mut run, &halt);
            let halt =
                if rollback.stopped.is_empty() && !run.has_changed() { halt } else { halt.after_change() };
            let hop = broken(&halt);
            (halt.ending, Some(hop), Some(rollback))
        }
    };
    let hop = hop.or_else(|| run.outstanding.first().map(|halt| broken(halt)));
    let mut next = ending.next.clone();
    next.extend(rollback.iter().flat_map(|rollback| rollback.notes.iter().cloned()));
    let mut versions = tools.recv_timeout(Duration::from_secs(2)).unwrap_or_default();
    versions.insert("guard".into(), env!("CARGO_PKG_VERSION").into());
    versions.extend(commit.iter().map(|commit| ("commit".to_owned(), commit.clone())));
    let closing = Closing {
        outcome: ending.outcome,
        code: ending.code,
        first_broken_hop: hop,
        rollback,
        next,
        versions,
    };
    let mut ending = ending.of(environment);
    ending.message = run.redactor.clean(&ending.message);
    let mut report = reports::build(&mut run, closing);
    report.incident = spooled(&run, &report);
    let folder = reports::folder(&run);
    let path = reports::path(&folder);
    reports::forget_old(&folder);
    let written = reports::write(&path, &report, &render(&report));
    let path = written.as_ref().ok().map(|()| path);
    if let Err(error) = written {
        ending = ending.next(format!("the report could not be written to {}: {error}", folder.display()));
    }
    let shown = path.as_ref().map(|path| path.display().to_string());
    let good = matches!(ending.outcome, Outcome::Ok | Outcome::Partial);
    if good {
        let release = release(&run, &shown);
        if let Some(path) = &path {
            let text = serde_json::to_string_pretty(&release).unwrap_or_default();
            drop(super::places::replace(&release_path(path), &text));
        }
        standing.good = Some(release);
    }
    standing.last = Some(Last {
        run: id,
        outcome: ending.outcome.name().to_owned(),
        state: report.state.name(),
        code: ending.code.map(|code| code.name().to_owned()),
        commit,
        at: clock::written(clock::now()),
        report: shown,
    });
    if let Err(error) = standing.write(&places, environment) {
        ending = ending.next(format!("what stands could not be written down: {error}"));
    }
    if let Err(why) = flushed(&run, ending.code) {
        ending = ending.next(why);
    }
    run.close(ending.outcome.name());
    drop(lock);
    Ended { ending, report: Some(report), path }
}

/// Writes what is an incident to the spool, where it is safe whatever the database does; its id.
fn spooled(run: &Run<'_>, report: &Report) -> Option<String> {
    let (folder, environment) = (run.places.spool(), run.request.environment);
    for often in &run.happened {
        let (what, occurrence) = match often {
            Often::Recovery { service, why } => {
                (format!("recovery {service}"), cause::recovery_failed(environment, service, why))
            }
            Often::Tunnel { name, why } => {
                (format!("tunnel {name}"), cause::tunnel_restarts(environment, name, why))
            }
        };
        if often::happened(&folder, &what, clock::now_in_millis()).unwrap_or(false)
            && let Some(occurrence) = occurrence
        {
            drop(spool::write(&folder, occurrence));
        }
    }
    spool::write(&folder, cause::of_report(report)?).ok()
}

/// Brings what waits to the database, where this run was let in and the database answers.
fn flushed(run: &Run<'_>, code: Option<Code>) -> Result<(), String> {
    let Some(way) = &run.way else { return Ok(()) };
    let folder = run.places.spool();
    let down = code.is_some_and(|code| code.name().starts_with("database/"));
    if down || spool::read(&folder).is_empty() {
        return Ok(());
    }
    match flush(way, &folder) {
        Ok(_) => Ok(()),
        Err(ending) => {
            Err(format!("incidents wait in .guard/spool: {}", run.redactor.clean(&ending.message)))
        }
    }
}

/// There is no run yet that could tell of the wait for the lock.
fn queued(why: &str) -> Event {
    Event {
        time: stamp(),
        event: Kind::Wait,
        state: State::Precheck,
        duration_ms: 0,
        result: None,
        code: None,
        waiting_for: Some("the lock of the project".into()),
        why_not: Some(why.to_owned()),
        evidence: Map::new(),
    }
}

struct Prepared {
    project: Project,
    places: Places,
    lock: Lock,
    id: String,
    commit: Option<String>,
    tree: String,
}

fn prepare(asked: &Asked<'_>, tell: impl FnMut(&str)) -> Result<Prepared, Ending> {
    let request = &asked.request;
    let project = Project::around(request.folder, request.variables)?;
    project.target(request.environment)?;
    let places = Places::of(&project.root);
    places.make(request.environment).map_err(|error| disk(&error))?;
    let (commit, tree) = tree(&project);
    let id = random_hex(6).ok_or_else(|| {
        Ending::refused(Code::PrecheckDisk, "this machine gives no random bytes to name the run with")
    })?;
    let lock = take(&places, asked, tell).map_err(|halt| halt.ending)?;
    Ok(Prepared { project, places, lock, id, commit, tree })
}

/// The lock under the name of whoever asks.
pub fn take(places: &Places, asked: &Asked<'_>, tell: impl FnMut(&str)) -> Step<Lock> {
    let variables = asked.request.variables;
    let who = ["GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILDKITE_BUILD_CREATOR", "USER", "LOGNAME"];
    let who = who.iter().find_map(|name| variables.filled(name)).unwrap_or("somebody");
    let job = ["GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILDKITE_BUILD_ID", "CIRCLE_WORKFLOW_ID"];
    let job = job.iter().find_map(|name| variables.filled(name));
    let owner = job.map_or_else(|| who.to_owned(), |job| format!("{who}, job {job}"));
    let why = format!("guard {} --env {}", asked.command, asked.request.environment);
    lock::take(&places.lock(), &Holder::now(&owner, &why), asked.wait, tell)
}

fn disk(error: &std::io::Error) -> Ending {
    Ending::refused(Code::PrecheckDisk, format!(".guard cannot be written to: {error}"))
        .next("let this user write to the project's folder, and see that the disk has room")
}

fn evidence(run: &Run<'_>, lock: &Lock, interrupted: &Option<journal::Interrupted>) -> Map<String, Value> {
    let mut evidence = Map::new();
    evidence.insert("run".into(), run.id.clone().into());
    evidence.insert("commit".into(), run.commit.clone().into());
    if let Some(stale) = &lock.stale {
        let told =
            format!("the lock of {} (since {}) was taken over: its holder is dead", stale.owner, stale.since);
        evidence.insert("lock".into(), told.into());
    }
    if let Some(stopped) = interrupted {
        let told = format!("the run {} was killed in {} at {}", stopped.run, stopped.state, stopped.at);
        evidence.insert("interrupted".into(), told.into());
    }
    evidence
}

fn broken(halt: &Halt) -> BrokenHop {
    BrokenHop {
        hop: halt.hop.clone(),
        reason: halt.ending.message.clone(),
        next: halt.ending.next.first().cloned().unwrap_or_default(),
    }
}

fn succeeded(run: &Run<'_>) -> Ending {
    let what = run.commit.as_ref().map_or_else(String::new, |commit| format!("{} ", short(commit)));
    let took = run.started.elapsed().as_secs_f64();
    let name = run.request.environment;
    if let Some(first) = run.outstanding.first() {
        let told: Vec<&str> = run.outstanding.iter().map(|halt| halt.ending.message.as_str()).collect();
        let mut ending =
            Ending::ok(format!("{what}serves {name}, with this outstanding: {}", told.join("; ")));
        ending.outcome = Outcome::Partial;
        ending.code = first.ending.code;
        ending.next = run.outstanding.iter().flat_map(|halt| halt.ending.next.iter().cloned()).collect();
        return ending;
    }
    let nothing = !run.has_changed() && run.migrations.is_empty();
    if nothing {
        return Ending::ok(format!("{what}serves {name} already: nothing changed ({took:.1} s)"))
            .detail("changed", false);
    }
    Ending::ok(format!("{what}serves {name} ({took:.1} s)")).detail("changed", true)
}

fn release(run: &Run<'_>, report: &Option<String>) -> Release {
    let environment = run.request.environment;
    let names = run.services.iter().filter(|service| !service.stopped).map(|service| service.name.as_str());
    let mut services: Vec<Record> =
        names.filter_map(|name| Record::of(&run.places, environment, name)).collect();
    services.extend(Record::of(&run.places, environment, TUNNEL).filter(Record::lives));
    Release {
        run: run.id.clone(),
        commit: run.commit.clone(),
        at: clock::written(clock::now()),
        report: report.clone(),
        services,
    }
}

/// The commit, and the commit with whatever differs from it.
pub(super) fn tree(project: &Project) -> (Option<String>, String) {
    let Some(repository) = &project.repository else { return (None, String::new()) };
    let commit = repository.commit("HEAD").ok().flatten();
    let mut tree = commit.clone().unwrap_or_default();
    if repository.is_tracked_changed().unwrap_or(true) {
        let mut all: Vec<u8> = Vec::new();
        for entry in repository.index().unwrap_or_default() {
            all.extend_from_slice(entry.oid.as_bytes());
        }
        for path in repository.touched().unwrap_or_default() {
            all.extend_from_slice(&path);
            let file = repository.root().join(String::from_utf8_lossy(&path).as_ref());
            all.extend(std::fs::read(file).unwrap_or_default());
        }
        tree = format!("{tree}+{}", sha256_hex(&all));
    }
    (commit, tree)
}

/// Interpreters that say which version they are; nothing else is started to be asked.
const TELLING: [&str; 9] = ["node", "python3", "python", "ruby", "php", "deno", "bun", "cloudflared", "bore"];

/// Asked for beside the rollout, which does not wait for it.
fn versions(project: &Project, variables: &Environment) -> Receiver<BTreeMap<String, String>> {
    let (sender, receiver) = mpsc::channel();
    let commands = project.config.services.iter().map(|service| &service.command);
    let commands = commands.chain(project.config.tunnel.iter().map(|tunnel| &tunnel.command));
    let mut tools: Vec<String> =
        commands.filter_map(|words| words.first()).map(|word| word.value.clone()).collect();
    tools.retain(|tool| TELLING.contains(&tool.as_str()));
    tools.sort();
    tools.dedup();
    let given = inherited(variables);
    thread::spawn(move || {
        let ask = |tool: &String| {
            let child = Child::new(tool, given.clone()).arguments(["--version"]);
            let output = child.at_most(10_000, Duration::from_secs(2)).run().ok()?;
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            Some((tool.clone(), text.lines().next()?.trim().chars().take(80).collect()))
        };
        // Nobody listens when the run was over first.
        let _ = sender.send(tools.iter().filter_map(ask).collect());
    });
    receiver
}

/// `--plan`: what would happen. Nothing is started, mended or written.
pub fn plan(asked: &Asked<'_>, hear: &mut Hear<'_>) -> Ending {
    let environment = asked.request.environment;
    planned(asked, hear).unwrap_or_else(|ending| ending).of(environment)
}

fn planned(asked: &Asked<'_>, hear: &mut Hear<'_>) -> Result<Ending, Ending> {
    let request = &asked.request;
    let project = Project::around(request.folder, request.variables)?;
    project.target(request.environment)?;
    let places = Places::of(&project.root);
    let (commit, tree) = tree(&project);
    let beginning = Beginning {
        request,
        places,
        config: project.config.clone(),
        timeout: asked.timeout,
        redactor: redactor(request.variables, &project.config),
        id: "plan".into(),
        commit,
        tree,
        journal: None,
    };
    let mut run = Run::new(beginning, hear).map_err(|error| wrong(&error))?;
    let clean = |run: &Run<'_>, mut halt: Box<Halt>| {
        halt.ending.message = run.redactor.clean(&halt.ending.message);
        halt.ending
    };
    let stood = match precheck::precheck(&mut run, Mode::Plan, Map::new()) {
        Ok(stood) => stood,
        Err(halt) => {
            run.fail(&halt);
            return Err(clean(&run, halt));
        }
    };
    // The proof is spent once, in MIGRATE_VERIFY: a plan asks for no second one.
    drop(stood);
    let services = precheck::planned(&run).map_err(|halt| clean(&run, halt))?;
    let mut states = vec![State::Precheck.name(), State::DbValidate.name(), State::MigrateVerify.name()];
    let mut lines = vec!["PRECHECK holds; then".to_owned(), "  DB_VALIDATE, MIGRATE_VERIFY".to_owned()];
    for plan in &services {
        let word = |name: &str| plan[name].as_str().unwrap_or_default().to_owned();
        states.push(word("state"));
        if plan["gate"] == true {
            states.push(word("state").replace("_START", "_READY_GATE"));
        }
        lines.push(format!("  {}: {} {}", word("state"), word("what"), word("service")));
    }
    states.extend([State::Tunnel.name(), State::External.name(), State::Success.name()]);
    let tunnel = if run.config.tunnel.is_some() { "start or verify the tunnel" } else { "skipped" };
    lines.push(format!("  TUNNEL_START_OR_VERIFY: {tunnel}"));
    lines.push(format!("  EXTERNAL_VERIFY: {} checks", run.config.external.len()));
    lines.push("`guard migrate --plan` shows the migrations; nothing was started".into());
    Ok(Ending::ok(lines.join("\n")).detail("states", json!(states)).detail("services", services))
}
