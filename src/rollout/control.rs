//! `guard stop`, `restart` and `rollback`: what runs is changed on purpose, under the same lock as a rollout.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, json};

use super::clean;
use super::deploy::{self, Asked};
use super::journal::{self, Journal};
use super::passing;
use super::places::Places;
use super::ready::NotReady;
use super::record::{self, Record};
use super::reports;
use super::rollback;
use super::run::{Beginning, Hear, Run, wrong};
use super::services::{TUNNEL, serving};
use super::source;
use super::standing::{Last, Release, Standing, last_environment, release_path};
use super::stop::{self, Stopped};
use super::surroundings::redactor;
use crate::gate::enter::Request;
use crate::gate::project::Project;
use crate::io::clock;
use crate::io::environment::Environment;
use crate::io::keys::random_hex;
use crate::io::signals;
use crate::words::ending::{Code, Ending, Outcome};
use crate::words::rollout::State;

/// What a command is about: the project, and an environment that was named or deployed last.
pub struct Target {
    pub project: Project,
    pub places: Places,
    pub environment: String,
}

/// No environment was named, and none was deployed last.
#[must_use]
pub fn unnamed(project: &Project) -> Ending {
    let known = &project.contract.environments.known;
    let names: Vec<&str> = known.iter().map(|name| name.value.as_str()).collect();
    Ending::usage("nothing was deployed from here yet, so an environment must be named")
        .next(format!("add `--env ENV`; the contract knows {}", names.join(", ")))
}

impl Target {
    pub fn of(folder: &Path, environment: Option<&str>, variables: &Environment) -> Result<Self, Ending> {
        let project = Project::around(folder, variables)?;
        let places = Places::of(&project.root);
        let Some(environment) = environment.map(str::to_owned).or_else(|| last_environment(&places)) else {
            return Err(unnamed(&project));
        };
        project.target(&environment)?;
        Ok(Self { project, places, environment })
    }

    /// A run for looking, or with a journal for what a person does by hand.
    pub fn run<'a>(
        &self,
        request: &'a Request<'a>,
        journal: Option<Journal>,
        hear: &'a mut Hear<'a>,
    ) -> Result<Run<'a>, Ending> {
        let (commit, tree) = source::tree(&self.project);
        let id = random_hex(6).unwrap_or_else(|| "by-hand".into());
        let beginning = Beginning {
            request,
            places: self.places.clone(),
            config: self.project.config.clone(),
            timeout: None,
            redactor: redactor(request.variables, &self.project.config),
            id,
            commit,
            tree,
            journal,
        };
        let mut run = Run::new(beginning, hear).map_err(|error| wrong(&error))?;
        run.services = serving(&run.config);
        Ok(run)
    }

    fn known(&self, service: &str) -> Result<(), Ending> {
        let names: Vec<&str> =
            self.project.config.services.iter().map(|service| service.name.value.as_str()).collect();
        if names.contains(&service) || Record::of(&self.places, &self.environment, service).is_some() {
            return Ok(());
        }
        let next = match names.join(", ") {
            none if none.is_empty() => {
                "guard.toml has no [[service]]: describe what is to run there".to_owned()
            }
            all => format!("name one of {all}"),
        };
        Err(Ending::usage(format!("there is no service `{}`", service.escape_debug()))
            .detail("known", names)
            .next(next))
    }
}

/// What is asked of services by hand.
pub struct Order<'a> {
    pub folder: &'a Path,
    pub environment: Option<&'a str>,
    pub variables: &'a Environment,
    pub wait: Option<Duration>,
}

impl Order<'_> {
    fn within(
        &self,
        command: &str,
        whole: bool,
        work: impl FnOnce(&Target, &mut Run<'_>) -> Result<Ending, Ending>,
        hear: &mut Hear<'_>,
    ) -> Ending {
        signals::listen();
        let target = match Target::of(self.folder, self.environment, self.variables) {
            Ok(target) => target,
            Err(ending) => return ending,
        };
        let environment = target.environment.clone();
        let request = Request {
            folder: self.folder,
            environment: &environment,
            variables: self.variables,
            receipt: None,
            also: None,
        };
        let asked = Asked { request, wait: self.wait, timeout: None, command };
        if let Err(error) = target.places.make(&environment) {
            return deploy::disk(&error).of(&environment);
        }
        let lock = deploy::take(&target.places, &asked, |_| {});
        let lock = match lock {
            Ok(lock) => lock,
            Err(halt) => return halt.ending.of(&environment),
        };
        let mut tell = |event: &crate::words::rollout::Event| hear(event);
        let path = target.places.journal(&environment);
        // The journal of a killed rollout stays for whoever undoes it: one service settles nothing of the others.
        let unsettled = !whole && journal::interrupted(&path).is_some();
        let journal = match Some(path).filter(|_| !unsettled).map(|path| Journal::begin(&path)).transpose() {
            Ok(journal) => journal,
            Err(error) => return deploy::disk(&error).of(&environment),
        };
        let ended = target.run(&asked.request, journal, &mut tell).and_then(|mut run| {
            let mut evidence = Map::new();
            evidence.insert("run".into(), run.id.clone().into());
            evidence.insert("command".into(), command.into());
            run.enter_unheard(State::FailureRollback, evidence).map_err(|error| deploy::disk(&error))?;
            let ended = work(&target, &mut run);
            run.close(ended.as_ref().unwrap_or_else(|ending| ending).outcome.name());
            let pen = run.redactor.clone();
            ended.map(|ending| clean::ending(&pen, ending)).map_err(|ending| clean::ending(&pen, ending))
        });
        drop(lock);
        ended.unwrap_or_else(|ending| ending).of(&environment)
    }

    /// Stops one service, or all of them and the tunnel.
    pub fn stop(&self, service: Option<&str>, hear: &mut Hear<'_>) -> Ending {
        self.within(
            "stop",
            service.is_none(),
            |target, _| {
                if let Some(service) = service {
                    target.known(service)?;
                }
                let records = record::all(&target.places, &target.environment);
                let mut records: Vec<Record> = records
                    .into_iter()
                    .filter(|record| service.is_none_or(|name| record.recipe.service == name))
                    .collect();
                // The newest first: whoever needs another one started after it.
                records.sort_by(|a, b| b.started_at.cmp(&a.started_at));
                let (mut stopped, mut left) = (Vec::new(), Vec::new());
                for record in records {
                    let name = record.recipe.service.clone();
                    let path = target.places.service(&target.environment, &name);
                    match stop::stop(&record, &path, |_| {}) {
                        Stopped::WasNot => {}
                        Stopped::Gently | Stopped::ByForce => stopped.push(shown(&name)),
                        Stopped::Stays(_) => left.push(shown(&name)),
                    }
                }
                if !left.is_empty() {
                    let why = format!("{} does not end", left.join(", "));
                    return Err(Ending::failed(Code::ServiceNotReady, why)
                        .next("look at what holds its processes (a disk, a debugger)"));
                }
                let text = match stopped.as_slice() {
                    [] => "nothing of guard's ran".to_owned(),
                    names => format!("stopped {}", names.join(", ")),
                };
                Ok(Ending::ok(text).detail("stopped", stopped))
            },
            hear,
        )
    }

    /// Stops a service and starts what it was started from, or what stands in `guard.toml` now.
    pub fn restart(&self, service: &str, hear: &mut Hear<'_>) -> Ending {
        self.within(
            "restart",
            false,
            |target, run| {
                target.known(service)?;
                let Some(before) = Record::of(&target.places, &target.environment, service) else {
                    return Err(Ending::refused(
                        Code::ServiceNotReady,
                        format!("{service} was never started here, so there is nothing to start again"),
                    )
                    .next("`guard deploy` starts it"));
                };
                run.stop_record(&before).map_err(|halt| halt.ending)?;
                match rollback::again(run, &before, Duration::ZERO) {
                    Ok(()) => {
                        let mut standing = Standing::read(&target.places, &target.environment);
                        renew(&mut standing, &target.places, &target.environment);
                        let written =
                            standing.write(&target.places, &target.environment, &target.environment);
                        let told = Ending::ok(format!("{service} was restarted, and is ready"));
                        Ok(match written {
                            Ok(()) => told,
                            Err(error) => {
                                told.next(format!("what stands could not be written down: {error}"))
                            }
                        })
                    }
                    Err(not) => Err(failed(run, service, &not)),
                }
            },
            hear,
        )
    }

    /// Goes back to the release before, or to that of a report.
    pub fn rollback(&self, report: Option<&Path>, hear: &mut Hear<'_>) -> Ending {
        self.within(
            "rollback",
            true,
            |target, run| {
                let mut standing = Standing::read(&target.places, &target.environment);
                let folder = reports::folder_of(&target.project.root, &target.project.config);
                let (path, release) = match report {
                    Some(path) => named(path, &folder, &target.environment)?,
                    None => before(&folder, &standing, &target.environment)?,
                };
                let mut before = record::all(&target.places, &target.environment);
                before.retain(|record| record.recipe.service != TUNNEL && !record.members().is_empty());
                before.sort_by(|a, b| a.started_at.cmp(&b.started_at));
                for record in before.iter().rev() {
                    run.stop_record(record).map_err(|halt| halt.ending)?;
                }
                let mut started = Vec::new();
                for record in release.services.iter().filter(|record| record.recipe.service != TUNNEL) {
                    let name = &record.recipe.service;
                    if let Err(not) = rollback::again(run, record, rollback::AGAIN) {
                        let ending = failed(run, name, &not);
                        return Err(put_back(run, &before, &started, name, ending));
                    }
                    started.push(name.clone());
                }
                let commit = release.commit.clone();
                let replaced = release.services.iter().any(|record| rollback::is_replaced(run, record));
                standing.good = Some(Release { at: clock::written(clock::now()), ..release });
                renew(&mut standing, &target.places, &target.environment);
                standing.last = Some(Last {
                    run: run.id.clone(),
                    outcome: Outcome::Ok.name().to_owned(),
                    state: "FAILURE_ROLLBACK".into(),
                    code: None,
                    command: Some("rollback".into()),
                    commit: commit.clone(),
                    at: clock::written(clock::now()),
                    report: Some(path.display().to_string()),
                });
                let mut ending = Ending::ok(format!(
                    "{} of {} {} again",
                    started.join(", "),
                    commit.as_deref().map_or("the release", super::precheck::short),
                    if started.len() == 1 { "serves" } else { "serve" }
                ))
                .detail("restarted", started)
                .detail("commit", commit.clone())
                .next("migrations are never reverted: the schema is the newest one");
                if replaced {
                    ending = ending.next(
                        "the code under it has been replaced: it runs what lies in the folder now; check out the \
                         commit and restart where that matters",
                    );
                }
                if let Err(error) = standing.write(&target.places, &target.environment, &target.environment) {
                    ending = ending.next(format!("what stands could not be written down: {error}"));
                }
                Ok(ending)
            },
            hear,
        )
    }
}

fn shown(name: &str) -> String {
    if name == TUNNEL { "the tunnel".into() } else { name.to_owned() }
}

fn failed(run: &Run<'_>, service: &str, not: &NotReady) -> Ending {
    let why = format!("{service} could not be started again: {}", not.why);
    Ending::failed(not.code, why)
        .next(passing::next(service, not))
        .detail("log_tail", json!(run.log_tail(service, super::ready::LINES)))
}

/// The release before does not come up: what ran until now serves again.
fn put_back(
    run: &mut Run<'_>,
    before: &[Record],
    started: &[String],
    failed: &str,
    ending: Ending,
) -> Ending {
    for name in started.iter().map(String::as_str).chain([failed]).rev() {
        if let Some(record) = Record::of(&run.places, run.request.environment, name) {
            // What does not end is named when its place is needed.
            drop(run.stop_record(&record));
        }
    }
    let mut again = Vec::new();
    let mut ending = ending;
    for record in before {
        let name = &record.recipe.service;
        match rollback::again(run, record, rollback::AGAIN) {
            Ok(()) => again.push(name.clone()),
            Err(not) => {
                let why = not.why;
                ending = ending.next(format!("{name}, which ran until now, does not come up either: {why}"));
            }
        }
    }
    if !again.is_empty() {
        ending.message.push_str("; what ran until now serves again: ");
        ending.message.push_str(&again.join(", "));
    }
    ending.detail("restarted", again)
}

/// The release that stands is of the processes that run now.
fn renew(standing: &mut Standing, places: &Places, environment: &str) {
    if let Some(good) = &mut standing.good {
        for record in &mut good.services {
            if let Some(now) = Record::of(places, environment, &record.recipe.service) {
                *record = now;
            }
        }
    }
}

fn release_of(report: &Path) -> Option<Release> {
    serde_json::from_slice(&std::fs::read(release_path(report)).ok()?).ok()
}

fn named(path: &Path, folder: &Path, environment: &str) -> Result<(PathBuf, Release), Ending> {
    let found = reports::named(path, folder).filter(|(_, report)| report.environment == environment);
    match found.and_then(|(path, _)| release_of(&path).map(|release| (path, release))) {
        Some(release) => Ok(release),
        None => Err(Ending::refused(
            Code::DeploySuperseded,
            format!("{} is no report of a rollout of {environment} that succeeded", path.display()),
        )
        .next("`guard report --list` shows the reports")),
    }
}

/// The newest release that is another than the one that stands.
fn before(folder: &Path, standing: &Standing, environment: &str) -> Result<(PathBuf, Release), Ending> {
    let digests = |release: &Release| -> Vec<String> {
        release.services.iter().map(|record| record.recipe.digest.clone()).collect()
    };
    let now = standing.good.as_ref().map(digests).unwrap_or_default();
    let found = reports::list(folder).into_iter().find_map(|path| {
        let report = reports::read(&path).filter(|report| report.environment == environment)?;
        let release = release_of(&path)?;
        let other = digests(&release) != now;
        drop(report);
        other.then_some((path, release))
    });
    found.ok_or_else(|| {
        Ending::refused(
            Code::DeploySuperseded,
            format!("{environment} has no release before this one to go back to"),
        )
        .next("`guard report --list` shows the reports")
    })
}
