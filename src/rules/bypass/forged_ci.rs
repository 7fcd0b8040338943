//! bypass/forged-ci: the repository itself sets `CI` where a guard or a protected script is reached.

use std::collections::{BTreeMap, BTreeSet};

use crate::lang::{Kind, surroundings};
use crate::reach::eval::Walk;
use crate::reach::event::{EventKind, How};
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place};

pub const ID: &str = "bypass/forged-ci";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: BTreeMap<Place, Finding> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let walks: Vec<&Walk> = facts.survey.entry_walks.iter().chain(facts.survey.programs.values()).collect();
    for walk in walks {
        for event in &walk.events {
            if facts.scope.tests.contains(&event.at.file) || facts.scope.nested.contains(&event.at.file) {
                continue;
            }
            match &event.kind {
                EventKind::ForgesCi if reaches_guarded(facts, walk, &mut seen) => add(&mut found, event.at),
                EventKind::Ran { env, .. } => {
                    for (name, _, place) in env {
                        if name == "CI" && starts_guarded(facts, walk, event.at) {
                            add(&mut found, *place);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    entries(facts, &mut found);
    files(facts, &mut found);
    found.into_values().collect()
}

fn add(found: &mut BTreeMap<Place, Finding>, at: Place) {
    found.entry(at).or_insert_with(|| {
        Finding::new(
            ID,
            at,
            "`CI` is set by the repository itself: every guard that asks for it believes to run in CI",
            "take it out; only the CI provider says that this is CI",
        )
    });
}

/// Variables of a job, a container or a target, set in the file for whatever is started there.
fn entries(facts: &Facts<'_>, found: &mut BTreeMap<Place, Finding>) {
    for (index, entry) in facts.survey.entries.iter().enumerate() {
        let Some(held) = entry.handle.entry() else { continue };
        for setting in held.env.iter().filter(|s| s.name == "CI") {
            if reaches_guarded(facts, &facts.survey.entry_walks[index], &mut BTreeSet::new()) {
                add(found, Place { file: entry.file, span: setting.span });
            }
        }
    }
}

/// A committed `.env` file sets it for whoever loads it, an `.envrc` or the like for whoever comes by.
fn files(facts: &Facts<'_>, found: &mut BTreeMap<Place, Finding>) {
    let guarded = facts.contract.is_some_and(|c| c.scripts.iter().any(|s| facts.is_protected(s)));
    if !guarded {
        return;
    }
    for id in facts.sources.ids() {
        let file = facts.sources.file(id);
        let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_ascii_lowercase();
        let sample = ["example", "sample", "template", "dist", "test"].iter().any(|w| name.contains(w));
        if !(file.kind == Kind::DotEnv || surroundings::is_one(&file.path))
            || sample
            || facts.scope.exempt(id) && !facts.scope.application.contains(&id)
        {
            continue;
        }
        // A cheap look before the file is read as a whole.
        if !file.text.as_deref().is_some_and(|t| t.contains("CI")) {
            continue;
        }
        for setting in file.lowered().settings.iter().filter(|s| s.name == "CI") {
            add(found, Place { file: id, span: setting.span });
        }
    }
}

/// The walk reaches a declared protected script, or a function that the contract names as a guard.
fn reaches_guarded(facts: &Facts<'_>, walk: &Walk, seen: &mut BTreeSet<usize>) -> bool {
    let guards: BTreeSet<FileId> = facts.guards.iter().filter_map(|g| g.file).collect();
    walk.events.iter().any(|event| match &event.kind {
        EventKind::Reach { file, .. } => {
            is_guarded(facts, *file)
                || guards.contains(file)
                || facts
                    .survey
                    .programs
                    .get(file)
                    .is_some_and(|w| !std::ptr::eq(w, walk) && reaches_directly(facts, w, &guards))
        }
        EventKind::StartsEntry { entry } => {
            seen.insert(*entry)
                && facts.survey.entry_walks.get(*entry).is_some_and(|w| reaches_guarded(facts, w, seen))
        }
        EventKind::Ran { meaning, .. } => meaning.gate.is_some(),
        _ => false,
    }) || walk.events.first().is_some_and(|e| is_guarded(facts, e.at.file))
}

fn reaches_directly(facts: &Facts<'_>, walk: &Walk, guards: &BTreeSet<FileId>) -> bool {
    walk.events.iter().any(|event| match &event.kind {
        EventKind::Reach { file, .. } => is_guarded(facts, *file) || guards.contains(file),
        _ => false,
    })
}

/// What the command at this place starts.
fn starts_guarded(facts: &Facts<'_>, walk: &Walk, at: Place) -> bool {
    let guards: BTreeSet<FileId> = facts.guards.iter().filter_map(|g| g.file).collect();
    walk.events.iter().filter(|e| e.at == at || at.span.contains(e.at.span) && e.at.file == at.file).any(
        |event| match &event.kind {
            EventKind::Reach { file, how: How::Started { .. } } => {
                is_guarded(facts, *file)
                    || facts.survey.programs.get(file).is_some_and(|w| reaches_directly(facts, w, &guards))
            }
            EventKind::StartsEntry { entry } => facts
                .survey
                .entry_walks
                .get(*entry)
                .is_some_and(|w| reaches_guarded(facts, w, &mut BTreeSet::new())),
            EventKind::Ran { meaning, .. } => meaning.gate.is_some(),
            _ => false,
        },
    )
}

fn is_guarded(facts: &Facts<'_>, file: FileId) -> bool {
    let Some(contract) = facts.contract else { return false };
    facts
        .scope
        .scripts
        .get(&file)
        .is_some_and(|indices| indices.iter().any(|i| facts.is_protected(&contract.scripts[*i])))
}
