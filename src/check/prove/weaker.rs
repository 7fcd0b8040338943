//! Contracts that permit more: the real one with one line changed.

use std::ops::Range;

use crate::contract::Contract;
use crate::contract::model::{Proof, Script};
use crate::words::effect::Operation;
use crate::words::span::Span;

/// A text with one change in it.
pub(super) struct Weaker {
    pub(super) kind: &'static str,
    pub(super) text: String,
    /// Where it was changed.
    pub(super) at: usize,
}

/// Every known way to permit more that this contract leaves room for.
pub(super) fn all(contract: &Contract, text: &str, other: Option<&str>) -> Vec<Weaker> {
    let mut out = Vec::new();
    let mut put = |kind: &'static str, at: Range<usize>, with: &str| {
        let (Some(before), Some(after)) = (text.get(..at.start), text.get(at.end..)) else { return };
        out.push(Weaker { kind, text: format!("{before}{with}{after}"), at: at.start });
    };
    let environments = &contract.environments;
    match environments.protected_at.first() {
        Some(first) => put("environment no longer protected", entry(text, first.span), ""),
        None => {
            if let Some(at) = text.find("[environments]") {
                let end = at + "[environments]".len();
                put("environment no longer protected", end..end, "\nprotected = []");
            }
        }
    }
    if let Some(first) = contract.forbidden.first() {
        put("operation no longer forbidden", entry(text, first.span), "");
    }
    for symbol in contract.guards.ci.iter().chain(&contract.guards.fingerprint).take(1) {
        put("guard no longer named", entry(text, symbol.span), "");
    }
    for policy in environments.policies.values().filter(|policy| policy.proof != Proof::CiVariable) {
        if let Some(at) = policy.proof_at {
            put("weaker proof", at.range(), "\"ci-variable\"");
        }
    }
    let script = contract.scripts.iter().find(|s| s.environments.iter().any(|e| contract.is_protected(e)));
    if let Some(script) = script {
        if let Some(command) = script.commands.first() {
            let at = command.span.start as usize;
            put("another command", at..at, "\"planted\", ");
        }
        if let Some((at, operation)) = more(script) {
            put("another operation", at..at, operation);
        }
    }
    if let (Some(path), Some(environment)) = (other, environments.protected.first()) {
        let shown = format!(
            "\n[[script]]\npath = {path:?}\nenvironment = {environment:?}\nenforced = \"wrapper\"\ncommands = [\"planted\"]\n"
        );
        // Keys of the file itself stand before every table, so that the end is the end of some table.
        put("script that nobody declared", text.len()..text.len(), &shown);
    }
    if let Some(first) = contract.quarantine.first() {
        put("quarantine lifted", table(text, first.span, "[[quarantine]]"), "");
    }
    if let Some(first) = contract.connections.first() {
        put("connection no longer named", table(text, first.path.span, "[[connection]]"), "");
    }
    if let Some(first) = contract.retired.first() {
        put("retired script no longer named", table(text, first.path.span, "[[retired]]"), "");
    }
    if let Some(first) = contract.sequences.first().and_then(|sequence| sequence.steps.first()) {
        put("step of a sequence gone", entry(text, first.span), "");
    }
    if let Some(migrations) = contract.migrations.as_ref().filter(|m| !m.destructive_allowed) {
        let held = text.get(migrations.span.range()).unwrap_or_default();
        let written = held.find("\"forbid\"").map(|at| migrations.span.start as usize + at);
        if let Some(at) = written {
            put("migrations may lose data", at..at + "\"forbid\"".len(), "\"allow\"");
        } else {
            let end = migrations.path.span.end as usize;
            put("migrations may lose data", end..end, "\ndestructive = \"allow\"");
        }
    }
    if let Some(at) = contract.approval.presence_at.filter(|_| contract.approval.presence) {
        put("approvals without a touch", at.range(), "false");
    }
    out
}

/// A list's entry with the comma behind it.
fn entry(text: &str, at: Span) -> Range<usize> {
    let (start, end) = (at.start as usize, at.end as usize);
    let rest = text.get(end..).unwrap_or_default();
    let comma = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    if rest.get(comma..).is_some_and(|rest| rest.starts_with(',')) {
        start..end + comma + 1
    } else {
        start..end
    }
}

/// A table of a list of tables, from its name to the line before the next one.
fn table(text: &str, inside: Span, name: &str) -> Range<usize> {
    let at = inside.start as usize;
    let start = text.get(..at).and_then(|before| before.rfind(name)).unwrap_or(at);
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find("\n[").map_or(text.len(), |n| at + n + 1);
    start..end
}

/// An operation that an entry does not allow for one of its tables, and where it would stand.
fn more(script: &Script) -> Option<(usize, &'static str)> {
    let grant = script.tables.values().find(|grant| !grant.operations.is_empty())?;
    let has = |operation| grant.operations.iter().any(|held| held.value == operation);
    let word = match (has(Operation::Delete), has(Operation::Insert), has(Operation::Update)) {
        (false, _, _) => "\"delete\", ",
        (_, false, _) => "\"insert\", ",
        (_, _, false) => "\"update\", ",
        _ => return None,
    };
    Some((grant.operations.first()?.span.start as usize, word))
}
