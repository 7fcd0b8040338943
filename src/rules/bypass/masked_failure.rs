//! bypass/masked-failure: a guard, a gate or a mutating command may fail unseen.

use std::collections::BTreeMap;

use crate::knowledge::command::Gate;
use crate::reach::event::{Event, EventKind, How, Mask};
use crate::rules::contract::own_database::is_local;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place};

pub const ID: &str = "bypass/masked-failure";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: BTreeMap<Place, Finding> = BTreeMap::new();
    let entries = facts.survey.entry_walks.iter().enumerate();
    let entries = entries.map(|(i, w)| (facts.survey.entries[i].file, w, Some(i)));
    let programs = facts.survey.programs.iter().map(|(file, w)| (*file, w, None));
    for (file, walk, entry) in entries.chain(programs) {
        if facts.scope.exempt(file) {
            continue;
        }
        // What only changes a database that everybody may change can fail as it likes.
        if facts.scope.scripts.contains_key(&file) && !protected(facts, file) {
            continue;
        }
        let declared = protected(facts, file) || !facts.survey.programs.contains_key(&file);
        for event in &walk.events {
            let Some(mask) = event.mask else { continue };
            let Some(what) = matters(facts, event) else { continue };
            // A failure that is at least written down is a matter of scripts that the contract
            // holds to account; one that nothing tells of is one anywhere.
            if !mask.silent && !mask.shell && !declared {
                continue;
            }
            if facts.scope.exempt(event.at.file) {
                continue;
            }
            let checks = matches!(&event.kind, EventKind::Ran { meaning, .. } if matches!(meaning.gate, Some(Gate::Check { .. })));
            if checks && entry.is_some_and(|entry| facts.is_set_aside(entry, event)) {
                continue;
            }
            // Nobody misses what is lost of a database that is gone with its job.
            let changes = match &event.kind {
                EventKind::Effect { .. } => true,
                EventKind::StartsEntry { entry } => !asks(facts, *entry),
                _ => false,
            };
            if changes && entry.is_some_and(|entry| is_local(facts, entry)) {
                continue;
            }
            let (at, message) = say(event, mask, what);
            found.entry(at).or_insert_with(|| {
                Finding::new(
                    ID,
                    at,
                    message,
                    "let the failure end the run: no `|| true`, no empty catch, no ignored status",
                )
                .trace(if at == event.at {
                    Vec::new()
                } else {
                    facts.trace(event, "this is what may fail unseen")
                })
            });
        }
    }
    found.into_values().collect()
}

/// The entry runs a guard or a gate itself.
fn asks(facts: &Facts<'_>, entry: usize) -> bool {
    let gate =
        |event: &Event| matches!(&event.kind, EventKind::Ran { meaning, .. } if meaning.gate.is_some());
    facts.survey.entry_walks.get(entry).is_some_and(|walk| walk.events.iter().any(gate))
}

/// The contract holds the file to account for a database that only CI may change.
fn protected(facts: &Facts<'_>, file: FileId) -> bool {
    facts.scope.scripts.get(&file).is_some_and(|indices| {
        indices.iter().any(|i| facts.contract.is_some_and(|c| facts.is_protected(&c.scripts[*i])))
    })
}

fn say(event: &Event, mask: Mask, what: &str) -> (Place, String) {
    let at = if mask.shell && mask.at.file == event.at.file { event.at } else { mask.at };
    let how = if mask.silent { "its failure is hidden here" } else { "the program goes on when it fails" };
    (at, format!("{what} may fail unseen: {how}, so that a run can say success and have failed"))
}

fn matters(facts: &Facts<'_>, event: &Event) -> Option<&'static str> {
    match &event.kind {
        EventKind::Effect { effects, .. } if !effects.is_empty() => Some("a change of the database"),
        EventKind::Ran { meaning, .. } => match &meaning.gate {
            Some(Gate::Check { .. }) => Some("`guard check`"),
            Some(Gate::Proof { .. } | Gate::Fingerprint { .. }) => Some("a guard"),
            Some(Gate::Own | Gate::Wraps { .. }) => Some("a guarded change"),
            _ => None,
        },
        EventKind::Reach { file, how: How::Started { .. } } if protected(facts, *file) => {
            Some("a declared script")
        }
        EventKind::StartsEntry { entry } => {
            let walk = facts.survey.entry_walks.get(*entry)?;
            walk.events
                .iter()
                .any(|e| !matches!(e.kind, EventKind::StartsEntry { .. }) && matters(facts, e).is_some())
                .then_some("an entry that changes a database")
        }
        _ => None,
    }
}
