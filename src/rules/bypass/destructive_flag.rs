//! bypass/destructive-flag: a command or a flag that throws data away, or switches a tool's own
//! protection off.

use std::collections::BTreeMap;

use crate::reach::event::EventKind;
use crate::rules::contract::grants::{admitted, shown};
use crate::rules::contract::own_database::is_local;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::Place;

pub const ID: &str = "bypass/destructive-flag";

/// Variables that switch off what a tool itself would refuse.
const VARIABLES: [&str; 4] = [
    "DISABLE_DATABASE_ENVIRONMENT_CHECK",
    "PRISMA_USER_CONSENT_FOR_DANGEROUS_AI_ACTION",
    "FLYWAY_CLEAN_DISABLED",
    "PRISMA_MIGRATE_SKIP_SHADOW_DATABASE_CHECK",
];

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: BTreeMap<Place, Finding> = BTreeMap::new();
    // What a step throws away of a database that is gone with its job, nobody misses.
    let entries = facts.survey.entry_walks.iter().enumerate();
    let entries = entries.filter(|(i, walk)| walk.events.iter().any(may_tell) && !is_local(facts, *i));
    let entries = entries.map(|(i, w)| (facts.survey.entries[i].file, w));
    let programs = facts.survey.programs.iter().map(|(file, w)| (*file, w));
    for (file, walk) in entries.chain(programs) {
        let scope = facts.scope;
        if scope.tests.contains(&file) || scope.quarantined.contains(&file) || scope.nested.contains(&file) {
            continue;
        }
        for event in &walk.events {
            let message = match &event.kind {
                EventKind::Effect { destructive: true, command, .. } => {
                    if allowed(facts, file, event) {
                        continue;
                    }
                    let what = command
                        .as_ref()
                        .map_or_else(|| "this call".to_owned(), |words| format!("`{}`", shown(words)));
                    format!("{what} throws data away or pushes past the tool's own protection")
                }
                EventKind::Ran { env, .. } => {
                    match env.iter().find(|(name, value, _)| switches_off(name, &value.to_string())) {
                        Some((name, _, _)) => {
                            format!("`{name}` switches off the protection that the tool itself has")
                        }
                        None => continue,
                    }
                }
                _ => continue,
            };
            if facts.scope.tests.contains(&event.at.file) {
                continue;
            }
            found.entry(event.at).or_insert_with(|| {
                Finding::new(
                    ID,
                    event.at,
                    message,
                    "take it out; migrations that lose data are written, reviewed and allowed one by one",
                )
            });
        }
    }
    found.into_values().collect()
}

/// What is looked at closely; most that happens is neither.
fn may_tell(event: &crate::reach::event::Event) -> bool {
    match &event.kind {
        EventKind::Effect { destructive, .. } => *destructive,
        EventKind::Ran { env, .. } => !env.is_empty(),
        _ => false,
    }
}

/// A declared script of unprotected environments may reset what is its own.
fn allowed(facts: &Facts<'_>, file: crate::words::span::FileId, event: &crate::reach::event::Event) -> bool {
    let Some(contract) = facts.contract else { return false };
    if let Some(wrapped) = &event.wrapped
        && let Some(env) = wrapped.environment.as_ref().and_then(|e| e.as_known())
    {
        return contract.environments.known.iter().any(|k| k.value == env) && !contract.is_protected(env);
    }
    let Some(indices) = facts.scope.scripts.get(&file) else { return false };
    let EventKind::Effect { command, .. } = &event.kind else { return false };
    indices.iter().map(|i| &contract.scripts[*i]).all(|script| {
        !facts.is_protected(script)
            && command
                .as_ref()
                .is_none_or(|words| script.commands.iter().any(|c| admitted(facts.contract, c, words)))
    })
}

fn switches_off(name: &str, value: &str) -> bool {
    VARIABLES.contains(&name)
        && !matches!(value, "" | "0")
        && !(name == "FLYWAY_CLEAN_DISABLED" && value == "true")
}
