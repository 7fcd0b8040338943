//! Takes known secrets out of whatever a rollout shows or keeps: events, probes, answers and reports, every text of
//! them. Each is taken apart by name, so that a new field cannot be forgotten.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::words::ending::Ending;
use crate::words::rollout::{
    Attempt, BrokenHop, ExternalResult, Listener, Probed, Report, Rollback, ServiceReport, StateReport,
};
use crate::words::secret::Redactor;

/// Every text in a value, names of keys too.
#[must_use]
pub fn value(pen: &Redactor, found: Value) -> Value {
    match found {
        Value::String(text) => Value::String(pen.clean(&text)),
        Value::Array(items) => items.into_iter().map(|item| value(pen, item)).collect(),
        Value::Object(found) => Value::Object(map(pen, found)),
        other => other,
    }
}

#[must_use]
pub fn map(pen: &Redactor, found: Map<String, Value>) -> Map<String, Value> {
    found.into_iter().map(|(key, item)| (pen.clean(&key), value(pen, item))).collect()
}

fn some(pen: &Redactor, text: Option<String>) -> Option<String> {
    text.map(|text| pen.clean(&text))
}

fn all(pen: &Redactor, texts: Vec<String>) -> Vec<String> {
    texts.into_iter().map(|text| pen.clean(&text)).collect()
}

/// An answer on its way out.
#[must_use]
pub fn ending(pen: &Redactor, mut ending: Ending) -> Ending {
    ending.message = pen.clean(&ending.message);
    ending.next = all(pen, ending.next);
    ending.details = Box::new(map(pen, *ending.details));
    ending
}

#[must_use]
pub fn probed(pen: &Redactor, found: Probed) -> Probed {
    let Probed { name, result, reason, code, latency_ms, attempts, snapshot } = found;
    let attempt = |Attempt { at, result, reason, latency_ms, times }| Attempt {
        at,
        result,
        reason: pen.clean(&reason),
        latency_ms,
        times,
    };
    Probed {
        name: pen.clean(&name),
        result,
        reason: some(pen, reason),
        code,
        latency_ms,
        attempts: attempts.into_iter().map(attempt).collect(),
        snapshot: value(pen, snapshot),
    }
}

fn state(pen: &Redactor, found: StateReport) -> StateReport {
    let StateReport { state, started_at, duration_ms, result, probes, evidence } = found;
    let probes = probes.into_iter().map(|each| probed(pen, each)).collect();
    StateReport { state, started_at, duration_ms, result, probes, evidence: map(pen, evidence) }
}

fn service(pen: &Redactor, found: ServiceReport) -> ServiceReport {
    let ServiceReport {
        name,
        required,
        state,
        pid,
        port,
        listeners,
        healthy,
        started,
        started_at,
        command,
        commit,
        exit,
        log,
        log_tail,
    } = found;
    let listener = |Listener { family, address, port, pid }| Listener { family, address, port, pid };
    ServiceReport {
        name: pen.clean(&name),
        required,
        state,
        pid,
        port,
        listeners: listeners.into_iter().map(listener).collect(),
        healthy,
        started,
        started_at,
        command: all(pen, command),
        commit,
        exit: some(pen, exit),
        log: some(pen, log),
        log_tail: all(pen, log_tail),
    }
}

fn external(pen: &Redactor, found: ExternalResult) -> ExternalResult {
    let ExternalResult { name, kind, result, reason, latency_ms, required } = found;
    ExternalResult { name: pen.clean(&name), kind, result, reason: some(pen, reason), latency_ms, required }
}

fn broken(pen: &Redactor, found: BrokenHop) -> BrokenHop {
    let BrokenHop { hop, reason, next } = found;
    BrokenHop { hop: pen.clean(&hop), reason: pen.clean(&reason), next: pen.clean(&next) }
}

fn rollback(pen: &Redactor, found: Rollback) -> Rollback {
    let Rollback { stopped, restarted, problems, migrations_kept, notes } = found;
    Rollback {
        stopped: all(pen, stopped),
        restarted: all(pen, restarted),
        problems: all(pen, problems),
        migrations_kept: all(pen, migrations_kept),
        notes: all(pen, notes),
    }
}

/// The whole report. What is a word of guard's own stays: outcome, states, codes, environment and moments.
#[must_use]
pub fn report(pen: &Redactor, found: Report) -> Report {
    let Report {
        outcome,
        state: last,
        code,
        environment,
        started_at,
        duration_ms,
        versions,
        proof,
        states,
        services,
        external: checks,
        health,
        first_broken_hop,
        rollback: undone,
        incident,
        next,
    } = found;
    let versions: BTreeMap<_, _> =
        versions.into_iter().map(|(tool, version)| (tool, pen.clean(&version))).collect();
    Report {
        outcome,
        state: last,
        code,
        environment,
        started_at,
        duration_ms,
        versions,
        proof: value(pen, proof),
        states: states.into_iter().map(|each| state(pen, each)).collect(),
        services: services.into_iter().map(|each| service(pen, each)).collect(),
        external: checks.into_iter().map(|each| external(pen, each)).collect(),
        health: health.into_iter().map(|(name, said)| (pen.clean(&name), value(pen, said))).collect(),
        first_broken_hop: first_broken_hop.map(|hop| broken(pen, hop)),
        rollback: undone.map(|undone| rollback(pen, undone)),
        incident,
        next: all(pen, next),
    }
}
