//! `guard deploy`: one run from the lock to the report, whichever way it ends.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::clean;
use super::halt::{Halt, Step};
use super::hands::stamp;
use super::incident;
use super::journal::{self, Journal};
use super::lock::{self, Holder, Lock};
use super::machine;
use super::places::Places;
use super::precheck::short;
use super::record::Record;
use super::refused;
use super::reports::{self, Closing};
use super::rollback;
use super::run::{Beginning, Hear, Run, wrong};
use super::services::TUNNEL;
use super::source;
use super::standing::{Last, Release, Standing, last_environment, release_path};
use super::surroundings::redactor;
use crate::gate::enter::Request;
use crate::gate::project::Project;
use crate::io::keys::random_hex;
use crate::io::{clock, signals};
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

/// Turns a report into the forms that are read by people.
pub type Render<'a> = &'a dyn Fn(&Report) -> Vec<(&'static str, String)>;

/// The whole run.
pub fn deploy(asked: &Asked<'_>, render: Render<'_>, hear: &mut Hear<'_>) -> Ended {
    signals::listen();
    let environment = asked.request.environment;
    let mut told = String::new();
    let prepared = prepare(asked, |why| {
        if told != why {
            why.clone_into(&mut told);
            hear(&queued(why));
        }
    });
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(ending) => return refused::ended(asked, ending, render),
    };
    let Prepared { project, places, lock, id, commit, tree } = prepared;
    let interrupted = journal::interrupted(&places.journal(environment));
    let mut standing = Standing::read(&places, environment);
    let tools = source::versions(&project, asked.request.variables);
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
        journal: None,
    };
    let mut run = match Run::new(beginning, hear) {
        Ok(run) => run,
        Err(error) => return refused::ended(asked, wrong(&error), render),
    };
    // The journal of a run that was killed is over only once this one is sure to begin.
    match Journal::begin(&places.journal(environment)) {
        Ok(journal) => run.journal = Some(journal),
        Err(error) => return refused::ended(asked, disk(&error), render),
    }
    // Whoever asks for the status meanwhile asks about this one.
    let former = last_environment(&places).filter(|former| former != environment);
    drop(super::places::replace(&places.last(), environment));
    run.interrupted.clone_from(&interrupted);
    let evidence = evidence(&run, &lock, interrupted.as_ref());
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
    let hop = hop.or_else(|| run.outstanding.first().map(broken));
    let mut next = ending.next.clone();
    next.extend(rollback.iter().filter_map(|rollback| rollback::by_hand(&run, rollback)));
    next.extend(run.notes.iter().cloned());
    let told = rollback.iter().flat_map(|rollback| rollback.notes.iter().cloned());
    next.extend(told.filter(|note| note != rollback::NOTHING));
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
    let mut ending = clean::ending(&run.redactor, ending.of(environment));
    let mut report = reports::build(&mut run, closing);
    report.incident = incident::spooled(&run, &report);
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
        let release = release(&run, shown.as_ref());
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
        command: None,
        commit,
        at: clock::written(clock::now()),
        report: shown,
    });
    // Where nothing was changed, whoever names no environment means the one of before.
    let former = former.filter(|_| !good && !run.has_changed() && run.migrations.is_empty());
    if let Err(error) = standing.write(&places, environment, former.as_deref().unwrap_or(environment)) {
        ending = ending.next(format!("what stands could not be written down: {error}"));
    }
    if let Err(why) = incident::flushed(&run, ending.code) {
        ending = ending.next(why);
    }
    run.close(ending.outcome.name());
    drop(lock);
    Ended { ending, report: Some(report), path }
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
    let (commit, tree) = source::tree(&project);
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

pub(super) fn disk(error: &std::io::Error) -> Ending {
    Ending::refused(Code::PrecheckDisk, format!(".guard cannot be written to: {error}"))
        .next("let this user write to the project's folder, and see that the disk has room")
}

fn evidence(run: &Run<'_>, lock: &Lock, interrupted: Option<&journal::Interrupted>) -> Map<String, Value> {
    let mut evidence = Map::new();
    evidence.insert("run".into(), run.id.clone().into());
    evidence.insert("commit".into(), run.commit.clone().into());
    if let Some(stale) = &lock.stale {
        let told =
            format!("the lock of {} (since {}) was taken over: its holder is dead", stale.owner, stale.since);
        evidence.insert("lock".into(), told.into());
    }
    if let Some(stopped) = interrupted {
        evidence.insert("interrupted".into(), stopped.told().into());
    }
    evidence
}

pub(super) fn broken(halt: &Halt) -> BrokenHop {
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
    if run.services.is_empty() && run.config.tunnel.is_none() {
        let told = format!("{what}is on {name}: guard.toml names no service to start ({took:.1} s)");
        return Ending::ok(told).detail("changed", !nothing);
    }
    if nothing {
        return Ending::ok(format!("{what}serves {name} already: nothing changed ({took:.1} s)"))
            .detail("changed", false);
    }
    Ending::ok(format!("{what}serves {name} ({took:.1} s)")).detail("changed", true)
}

fn release(run: &Run<'_>, report: Option<&String>) -> Release {
    let environment = run.request.environment;
    let names = run.services.iter().filter(|service| !service.stopped).map(|service| service.name.as_str());
    let mut services: Vec<Record> =
        names.filter_map(|name| Record::of(&run.places, environment, name)).collect();
    services.extend(Record::of(&run.places, environment, TUNNEL).filter(Record::lives));
    Release {
        run: run.id.clone(),
        commit: run.commit.clone(),
        at: clock::written(clock::now()),
        report: report.cloned(),
        services,
    }
}
