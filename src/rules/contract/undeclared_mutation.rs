//! contract/undeclared-mutation: a surface outside application and tests belongs to no script.

use std::collections::{BTreeMap, BTreeSet};

use crate::reach::eval::Walk;
use crate::reach::event::{Event, EventKind};
use crate::rules::contract::grants::{admitted, shown};
use crate::rules::contract::unverifiable;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place};

pub const ID: &str = "contract/undeclared-mutation";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let covered = covered(facts);
    let own = own_sites(facts);
    let mut found: BTreeMap<Place, Finding> = BTreeMap::new();
    for (file, walk) in &facts.survey.programs {
        if !is_judged(facts, *file, walk) {
            continue;
        }
        for event in &walk.events {
            judge(facts, Some(*file), event, &covered, &own, &mut found);
        }
    }
    for (index, walk) in facts.survey.entry_walks.iter().enumerate() {
        let file = facts.survey.entries[index].file;
        if facts.scope.nested.contains(&file)
            || facts.scope.tests.contains(&file)
            || facts.scope.quarantined.contains(&file)
        {
            continue;
        }
        if !walk.events.iter().any(matters) || super::own_database::is_local(facts, index) {
            continue;
        }
        for event in &walk.events {
            judge(facts, None, event, &covered, &own, &mut found);
        }
    }
    found.into_values().collect()
}

/// Programs whose effects are nobody's business logic.
fn is_judged(facts: &Facts<'_>, file: FileId, walk: &Walk) -> bool {
    let scope = facts.scope;
    if scope.scripts.contains_key(&file) || scope.retired.contains(&file) {
        return false;
    }
    if scope.application.contains(&file) {
        // The exemption follows the entry point: started as a program of its own, it is a script,
        // unless it is the server.
        let serves = walk.events.iter().any(|e| matches!(e.kind, EventKind::Serves));
        return facts.survey.started.contains_key(&file) && !serves;
    }
    !scope.exempt(file)
}

/// Places that declared scripts reach: their own entries judge them.
fn covered(facts: &Facts<'_>) -> BTreeSet<Place> {
    let mut out = BTreeSet::new();
    for file in facts.scope.scripts.keys() {
        let Some(walk) = facts.survey.programs.get(file) else { continue };
        let stop = |f: FileId| facts.scope.scripts.contains_key(&f);
        let mut files = facts.survey.closure(walk, &stop);
        files.insert(*file);
        for file in files {
            if let Some(walk) = facts.survey.programs.get(&file) {
                out.extend(walk.events.iter().filter(|e| !e.speculative || e.at.file == file).map(|e| e.at));
            }
        }
    }
    out
}

/// Places that a file shows by itself, whoever calls it.
fn own_sites(facts: &Facts<'_>) -> BTreeSet<Place> {
    let mut out = BTreeSet::new();
    for (file, walk) in &facts.survey.programs {
        if facts.scope.exempt(*file) {
            continue;
        }
        out.extend(walk.events.iter().filter(|e| e.at.file == *file && matters(e)).map(|e| e.at));
    }
    out
}

fn matters(event: &Event) -> bool {
    match &event.kind {
        EventKind::Effect { effects, .. } => !effects.is_empty(),
        EventKind::Unresolved { .. } => true,
        _ => false,
    }
}

fn judge(
    facts: &Facts<'_>,
    program: Option<FileId>,
    event: &Event,
    covered: &BTreeSet<Place>,
    own: &BTreeSet<Place>,
    found: &mut BTreeMap<Place, Finding>,
) {
    if !matters(event) || covered.contains(&event.at) || allowed_by_wrapper(facts, event) {
        return;
    }
    // A helper that shows the surface by itself is the place to change; otherwise the caller is.
    let at = match program {
        Some(file) if event.at.file != file && !own.contains(&event.at) => facts.place_in(file, event),
        _ => event.at,
    };
    if let Some(file) = program
        && event.at.file != file
        && event.speculative
        && facts.scope.exempt(event.at.file)
    {
        return;
    }
    if covered.contains(&at) || found.contains_key(&at) {
        return;
    }
    let finding = match &event.kind {
        EventKind::Effect { effects, command, .. } => {
            let resolved = facts.names.resolve(effects);
            if resolved.is_empty() {
                return;
            }
            let what = match command {
                Some(words) => format!("`{}`", shown(words)),
                None => {
                    resolved.iter().map(crate::words::effect::Effect::describe).collect::<Vec<_>>().join(", ")
                }
            };
            let next = if facts.contract.is_some() {
                "declare the script in contract/mutation.toml, go through `guard migrate`, or take it out"
            } else {
                "run `guard contract init`: it lists what can change the database and proposes a contract"
            };
            Finding::new(
                ID,
                at,
                format!("{what}: this can change a database, and no script of the contract holds it"),
                next,
            )
            .effects(resolved)
        }
        EventKind::Unresolved { why, hint } => unverifiable::finding(at, why, hint),
        _ => return,
    };
    found.insert(at, finding.trace(facts.trace(event, "changes the database")));
}

/// `guard migrate -- …` and `guard run -- …` are judged by what they wrap.
fn allowed_by_wrapper(facts: &Facts<'_>, event: &Event) -> bool {
    let (Some(wrapped), Some(contract)) = (&event.wrapped, facts.contract) else { return false };
    let environment = wrapped.environment.as_ref().and_then(|e| e.as_known());
    if wrapped.run
        && environment.is_some_and(|e| {
            contract.environments.known.iter().any(|k| k.value == e) && !contract.is_protected(e)
        })
    {
        return true;
    }
    let EventKind::Effect { command: Some(words), .. } = &event.kind else { return false };
    let migrations = contract.migrations.iter().flat_map(|m| &m.commands);
    let scripts = contract.scripts.iter().flat_map(|s| &s.commands);
    migrations.chain(scripts).any(|c| admitted(facts.contract, c, words))
}
