//! The report of a rollout that was refused before it began: its configuration cannot be read, or another one
//! is at work.

use serde_json::Map;

use super::clean;
use super::deploy::{Asked, Ended, Render, broken};
use super::halt::{Halt, hop_of};
use super::hands::stamp;
use super::reports;
use super::rollback::NOTHING;
use super::surroundings::redactor;
use crate::config::{self, Config};
use crate::gate::project::{self, Project};
use crate::words::ending::{Code, Ending};
use crate::words::rollout::{Report, Rollback, State, StateReport, StateResult};

/// Leaves a report where there is a project to leave it in. Nothing else is touched: what stands is not of this
/// run.
pub fn ended(asked: &Asked<'_>, ending: Ending, render: Render<'_>) -> Ended {
    let environment = asked.request.environment;
    let mut ending = ending.of(environment);
    let variables = asked.request.variables;
    let found = Project::root(asked.request.folder, variables);
    let Some((root, repository)) = found.ok().filter(|_| ending.code != Some(Code::EnvironmentUnknown))
    else {
        return Ended { ending, report: None, path: None };
    };
    let text = project::text(&root, project::CONFIG).ok().flatten().unwrap_or_default();
    // What cannot be read names no folder for its reports.
    let config = config::parse(&text).unwrap_or_else(|_| Config::default());
    let pen = redactor(variables, &config);
    ending = clean::ending(&pen, ending);
    let report = report(environment, &ending, repository.and_then(|it| it.commit("HEAD").ok().flatten()));
    let folder = reports::folder_of(&root, &config);
    let path = reports::path(&folder);
    let written =
        std::fs::create_dir_all(&folder).and_then(|()| reports::write(&path, &report, &render(&report)));
    if let Err(error) = &written {
        ending = ending.next(format!("the report could not be written to {}: {error}", folder.display()));
    }
    Ended { ending, report: Some(report), path: written.ok().map(|()| path) }
}

fn report(environment: &str, ending: &Ending, commit: Option<String>) -> Report {
    let at = stamp();
    let state = |state: State, result: StateResult, why: &str| {
        let mut evidence = Map::new();
        evidence.insert("reason".into(), why.into());
        StateReport { state, started_at: at.clone(), duration_ms: 0, result, probes: Vec::new(), evidence }
    };
    let hop = match ending.code {
        Some(Code::DeployLocked) => "lock".to_owned(),
        _ => hop_of(ending),
    };
    let note = NOTHING;
    let mut versions = std::collections::BTreeMap::new();
    versions.insert("guard".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    versions.extend(commit.map(|commit| ("commit".to_owned(), commit)));
    Report {
        outcome: ending.outcome,
        state: State::FailureRollback,
        code: ending.code,
        environment: environment.to_owned(),
        started_at: at.clone(),
        duration_ms: 0,
        versions,
        proof: serde_json::Value::Null,
        states: vec![
            state(State::Precheck, StateResult::Fail, &ending.message),
            state(State::FailureRollback, StateResult::Skipped, note),
        ],
        services: Vec::new(),
        external: Vec::new(),
        health: std::collections::BTreeMap::new(),
        first_broken_hop: Some(broken(&Halt { hop, ending: ending.clone() })),
        rollback: Some(Rollback { notes: vec![note.to_owned()], ..Rollback::default() }),
        incident: None,
        next: ending.next.clone(),
    }
}
