//! What the services of `guard.toml` cannot do without: the variables that their programs require.

use std::collections::BTreeSet;

use crate::lang::Kind;
use crate::reach::event::{EventKind, How};
use crate::reach::imports::Imports;
use crate::reach::survey::{self, Brief};
use crate::rules::drift::required::{Required, required};
use crate::rules::facts::Facts;
use crate::words::entry::EntryKind;
use crate::words::span::{FileId, Place};

/// Variables without which a service ends, and where it says so. What `guard.toml` sets itself for a
/// service, or a loaded file does, is there.
#[must_use]
pub fn requires(facts: &Facts<'_>) -> Vec<(String, Place)> {
    let mut given: BTreeSet<String> = BTreeSet::new();
    let mut programs: BTreeSet<FileId> = BTreeSet::new();
    let mut described = false;
    for (index, entry) in facts.survey.entries.iter().enumerate() {
        let Some(held) = entry.handle.entry() else { continue };
        if facts.sources.file(entry.file).kind != Kind::GuardToml || held.kind != EntryKind::Service {
            continue;
        }
        if facts.scope.nested.contains(&entry.file) || held.name.is_empty() {
            continue;
        }
        described = true;
        given.extend(held.env.iter().map(|setting| setting.name.clone()));
        started(facts, index, &mut BTreeSet::new(), &mut programs);
    }
    if !described {
        programs.extend(&facts.scope.application);
    }
    // Programs without a database in them are not walked; what they import stands in their texts.
    let resolver = survey::resolver(facts.sources, &Brief::default());
    let mut files = Imports::read(facts.sources, &resolver).reached_from(programs.iter().copied());
    for program in &programs {
        files.extend(facts.survey.touched(*program));
        for event in facts.survey.programs.get(program).into_iter().flat_map(|walk| &walk.events) {
            if let EventKind::LoadsEnv { file } = &event.kind {
                given.extend(facts.sources.file(*file).lowered().settings.iter().map(|s| s.name.clone()));
            }
        }
    }
    let read: Vec<(FileId, Required)> = files
        .into_iter()
        .filter(|file| {
            let source = facts.sources.file(*file);
            matches!(source.kind, Kind::JavaScript | Kind::Shell) && !facts.scope.tests.contains(file)
        })
        .filter_map(|file| Some((file, required(facts.sources.file(file).lowered().unit.as_ref()?))))
        .collect();
    let helpers: BTreeSet<&String> = read.iter().flat_map(|(_, found)| &found.helpers).collect();
    let mut out = Vec::new();
    for (file, found) in &read {
        let calls = found.calls.iter().filter(|call| helpers.contains(&call.0));
        let all = found.variables.iter().map(|(name, span)| (name, *span)).chain(calls.map(|c| (&c.1, c.2)));
        for (name, span) in all.filter(|(name, _)| !given.contains(*name)) {
            out.push((name.clone(), Place { file: *file, span }));
        }
    }
    out.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    out
}

fn started(facts: &Facts<'_>, entry: usize, seen: &mut BTreeSet<usize>, out: &mut BTreeSet<FileId>) {
    let Some(walk) = facts.survey.entry_walks.get(entry).filter(|_| seen.insert(entry)) else { return };
    out.extend(facts.survey.closure(walk, &|_| false));
    for event in &walk.events {
        match &event.kind {
            EventKind::Reach { file, how: How::Started { .. } } => {
                out.insert(*file);
            }
            EventKind::StartsEntry { entry } => started(facts, *entry, seen, out),
            _ => {}
        }
    }
}
