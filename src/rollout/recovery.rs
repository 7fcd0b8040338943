//! The service's own recovery, tried once when its gate is not met: what it says of its recoveries is fetched
//! first.

use std::collections::BTreeMap;
use std::time::Duration;

use super::probes::{Asked, address};
use super::ready::Gate;
use super::run::Run;
use crate::config::model::Recover;
use crate::words::secret::Secret;

/// Fetches what the service says of its recoveries, and asks for one; false where it may not be asked.
pub fn ask(run: &mut Run<'_>, gate: &Gate, recover: &Recover, why: &str) -> bool {
    run.waiting(&format!("{} to recover", gate.name), why);
    let variables = run.request.variables;
    if let Some(name) = recover.auth_env.as_ref().filter(|name| variables.filled(&name.value).is_none()) {
        // An empty password must not be one that somebody accepts.
        let problem = format!("{} is not set: the recovery was not asked for", name.value);
        run.note("recovery", serde_json::json!({ "asked_because": null, "problem": problem.clone() }));
        run.notes.push(problem);
        return false;
    }
    let secret = recover.auth_env.as_ref().and_then(|name| variables.filled(&name.value));
    let header = secret.map(|secret| match &recover.auth_header {
        // A whole header may be named, or the one that carries a bearer.
        Some(own) => match own.value.split_once(':') {
            Some((name, scheme)) => {
                (name.trim().to_owned(), Secret::new(format!("{} {secret}", scheme.trim()).trim().to_owned()))
            }
            None => (own.value.clone(), Secret::new(secret)),
        },
        None => ("Authorization".to_owned(), Secret::new(format!("Bearer {secret}"))),
    });
    let redactor = run.redactor.clone();
    let ask = |place: &str, method: &str| {
        let asked = Asked {
            name: format!("{} {place}", gate.name),
            url: address(place, &gate.host, gate.port, variables),
            method: method.to_owned(),
            status: None,
            json: BTreeMap::new(),
            timeout: Duration::from_secs(5),
            interval: Duration::from_secs(1),
            header: header.clone(),
            redactor: redactor.clone(),
        };
        asked.now(variables)
    };
    if let Some(stats) = &recover.stats {
        let attempted = ask(&stats.value, "GET");
        run.note("recovery_stats", attempted.snapshot);
    }
    let method = recover.method.as_ref().map_or("POST", |at| at.value.as_str());
    let attempted = ask(&recover.http.value, method);
    run.note(
        "recovery",
        serde_json::json!({
            "asked_because": why,
            "answer": attempted.snapshot,
            "problem": attempted.why_not,
        }),
    );
    true
}
