//! The report: what a run was, from what it remembers, and the files that keep it for thirty days.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::clean;
use super::hands::millis;
use super::ports;
use super::record::{Exit, Record};
use super::run::Run;
use crate::config::model::Service;
use crate::io::clock;
use crate::words::ending::{Code, Outcome};
use crate::words::rollout::{BrokenHop, Report, Rollback, ServiceReport, ServiceState, State};

/// How long reports are kept.
const KEPT: Duration = Duration::from_hours(24 * 30);
const PREFIX: &str = "deploy-report-";

/// What else the report says of a run that is over.
pub struct Closing {
    pub outcome: Outcome,
    pub code: Option<Code>,
    pub first_broken_hop: Option<BrokenHop>,
    pub rollback: Option<Rollback>,
    pub next: Vec<String>,
    pub versions: BTreeMap<String, String>,
}

pub fn build(run: &mut Run<'_>, closing: Closing) -> Report {
    let services = (0..run.services.len()).map(|at| one(run, at)).collect();
    let mut health = BTreeMap::new();
    for probe in run.states.iter().flat_map(|state| &state.probes) {
        if !probe.snapshot.is_null() {
            health.insert(probe.name.clone(), probe.snapshot.clone());
        }
    }
    let report = Report {
        outcome: closing.outcome,
        state: run.state().unwrap_or(State::Precheck),
        code: closing.code,
        environment: run.request.environment.to_owned(),
        started_at: run.started_at.clone(),
        duration_ms: millis(run.started.elapsed()),
        versions: closing.versions,
        proof: run.proof.clone(),
        states: run.states.clone(),
        services,
        external: run.external.clone(),
        health,
        first_broken_hop: closing.first_broken_hop,
        rollback: closing.rollback,
        incident: run.incident.clone(),
        next: closing.next,
    };
    clean::report(&run.redactor, report)
}

fn one(run: &Run<'_>, at: usize) -> ServiceReport {
    let serving = &run.services[at];
    let service = &run.config.services[serving.at];
    let latest = Record::of(&run.places, run.request.environment, &serving.name);
    let mut report = of_service(service, latest.as_ref());
    report.healthy = serving.healthy;
    report.started = serving.started && !serving.stopped;
    report.log = Some(run.places.log(&serving.name).display().to_string());
    report.log_tail.clone_from(&serving.log_tail);
    report
}

/// A service as it is at this moment.
#[must_use]
pub fn of_service(service: &Service, record: Option<&Record>) -> ServiceReport {
    let port = service.port.as_ref().map(|at| at.value);
    let (own, foreign) = match port {
        Some(port) => ports::holders(port, &record.into_iter().collect::<Vec<_>>()),
        None => (Vec::new(), Vec::new()),
    };
    let running = record.is_some_and(Record::lives);
    let state = match record {
        _ if running => ServiceState::Running,
        _ if own.is_empty() && !foreign.is_empty() => ServiceState::Foreign,
        Some(record) if !record.asked_to_stop => ServiceState::Dead,
        _ => ServiceState::Stopped,
    };
    let mut listeners: Vec<_> = own.iter().map(ports::listener).collect();
    if state == ServiceState::Foreign {
        listeners.extend(foreign.iter().map(|it| crate::words::rollout::Listener {
            family: it.family.clone(),
            address: it.address.clone(),
            port: it.port,
            pid: it.pid,
        }));
    }
    ServiceReport {
        name: service.name.value.clone(),
        required: service.required,
        state,
        pid: record.filter(|_| running).and_then(|record| Some(record.process.as_ref()?.pid)),
        port,
        listeners,
        healthy: None,
        started: false,
        started_at: record.map(|record| record.started_at.clone()),
        command: service.command.iter().map(|word| word.value.clone()).collect(),
        commit: record.and_then(|record| record.recipe.commit.clone()),
        exit: record.and_then(|record| record.problem.clone().or(record.exit.as_ref().map(Exit::told))),
        log: None,
        log_tail: Vec::new(),
    }
}

/// The folder of the reports.
#[must_use]
pub fn folder(run: &Run<'_>) -> PathBuf {
    folder_of(run.places.root(), &run.config)
}

#[must_use]
pub fn folder_of(root: &Path, config: &crate::config::Config) -> PathBuf {
    root.join(config.deploy.reports.as_ref().map_or("logs", |at| at.value.as_str()))
}

/// A name that sorts by time and that no other report has.
#[must_use]
pub fn path(folder: &Path) -> PathBuf {
    let millis = clock::now_in_millis();
    let time = clock::written_with_millis(millis).replace([':', '.'], "-");
    folder.join(format!("{PREFIX}{}.json", time.trim_end_matches('Z')))
}

/// Writes the report in its forms.
pub fn write(path: &Path, report: &Report, forms: &[(&str, String)]) -> std::io::Result<()> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    super::places::replace(path, &text)?;
    for (extension, text) in forms {
        super::places::replace(&path.with_extension(extension), text)?;
    }
    Ok(())
}

/// Every report in a folder, the newest first.
#[must_use]
pub fn list(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name =
        |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = name(path);
            name.strip_prefix(PREFIX)
                .and_then(|rest| rest.strip_suffix(".json"))
                .is_some_and(|time| !time.contains('.'))
        })
        .collect();
    found.sort_by_key(|path| std::cmp::Reverse(name(path)));
    found
}

/// The report that somebody names: by its path or by its name in the folder, with any of its endings or none.
#[must_use]
pub fn named(name: &Path, folder: &Path) -> Option<(PathBuf, Report)> {
    let whole = name.with_extension("json");
    let places = [name.to_owned(), folder.join(name), whole.clone(), folder.join(whole)];
    places.into_iter().find_map(|path| read(&path).map(|report| (path, report)))
}

#[must_use]
pub fn read(path: &Path) -> Option<Report> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Takes away what is older than a month, and nothing else.
pub fn forget_old(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        let age = fs::metadata(&path).and_then(|data| data.modified()).ok().and_then(|at| at.elapsed().ok());
        if ours && age.is_some_and(|age| age > KEPT) {
            drop(fs::remove_file(path));
        }
    }
}
