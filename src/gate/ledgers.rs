//! `guard ledger`: what the runs were, and whether the chain holds.

use serde_json::{Value, json};

use super::enter::{Proving, Request, enter};
use crate::io::database::Access;
use crate::ledger::{self, Entry};
use crate::words::ending::Ending;

fn entries(request: &Request<'_>) -> Result<(Vec<Entry>, Vec<String>), Ending> {
    let mut entered = enter(request, Access::Read, Proving::WhereProtected)?;
    let inside = |ending: Ending| ending.of(request.environment);
    let seen = entered.look().map_err(inside)?;
    // A ledger of another database says nothing of this one.
    entered.verify(&seen).map_err(inside)?;
    if !seen.ledger {
        return Ok((Vec::new(), entered.notices));
    }
    let entries = ledger::read(&mut entered.session).map_err(|failure| inside(failure.into()))?;
    Ok((entries.map_err(inside)?, entered.notices))
}

fn end(entry: Option<&Entry>) -> Value {
    entry.map_or(Value::Null, |entry| json!({ "generation": entry.generation, "hash": entry.hash }))
}

/// The rows, the newest last.
#[must_use]
pub fn show(request: &Request<'_>) -> Ending {
    let (entries, notices) = match entries(request) {
        Ok(found) => found,
        Err(ending) => return ending,
    };
    let mut lines: Vec<String> = entries
        .iter()
        .map(|entry| {
            let text =
                |name: &str| entry.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (command, reason) = (text("command"), text("reason"));
            let mut line = format!(
                "{:>6}  {}  {}  {:<5}  {:<8}  {command}",
                entry.generation, entry.at, entry.run, entry.kind, entry.outcome
            );
            if !reason.is_empty() {
                line.extend([": ", reason.as_str()]);
            }
            line.trim_end().to_owned()
        })
        .collect();
    if lines.is_empty() {
        lines.push("the ledger is empty".into());
    }
    let rows: Vec<Value> = entries
        .iter()
        .map(|entry| {
            // The texts of contract and lock are pages long; the lock is in git, too.
            let mut body = entry.body.clone();
            body.shift_remove("lock");
            body.shift_remove("contract");
            body.shift_remove("signers");
            json!({
                "generation": entry.generation, "kind": entry.kind, "run": entry.run, "at": entry.at,
                "outcome": entry.outcome, "body": body, "prev": entry.prev, "hash": entry.hash,
            })
        })
        .collect();
    Ending::ok(lines.join("\n"))
        .of(request.environment)
        .detail("entries", rows)
        .detail("tip", end(entries.last()))
        .detail("notices", notices)
}

/// Whether every row follows from the one before.
#[must_use]
pub fn verify(request: &Request<'_>) -> Ending {
    match entries(request) {
        Ok((entries, notices)) => {
            let open = ledger::unfinished(&entries).map(|entry| entry.run.clone());
            let told = match &open {
                Some(run) => format!("; the run {run} began and never said how it ended"),
                None => String::new(),
            };
            Ending::ok(format!("the chain of {} rows holds{told}", entries.len()))
                .of(request.environment)
                .detail("rows", entries.len())
                .detail("tip", end(entries.last()))
                .detail("unfinished", open)
                .detail("notices", notices)
        }
        Err(ending) => ending,
    }
}
