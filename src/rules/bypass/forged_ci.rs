//! bypass/forged-ci: the repository itself sets `CI` where a guard or a protected script is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::knowledge::command::{Gate, Meaning, Starts};
use crate::lang::{Kind, folder_of, surroundings};
use crate::reach::eval::Walk;
use crate::reach::event::{EventKind, How};
use crate::reach::sources::UnitHandle;
use crate::rules::bypass::handed;
use crate::rules::facts::Facts;
use crate::words::entry::{Entry, EntryKind};
use crate::words::finding::Finding;
use crate::words::flow::EnvSetting;
use crate::words::span::{FileId, Place};
use crate::words::text::Text;

pub const ID: &str = "bypass/forged-ci";

/// Words of which a file holds one that hands `CI` on.
const WORDS: [&str; 7] =
    ["CI", "NODE_OPTIONS", "node-options", "script-shell", "preload", "dotenv", "source_env"];

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
                EventKind::Ran { env, words, meaning } => {
                    let folder = folder_of(facts.sources.path(event.at.file));
                    let folders = [".", folder.as_str()];
                    for (name, value, place) in env {
                        let text = value.as_known().unwrap_or("");
                        let forges = name == "CI"
                            || folders.iter().any(|folder| handed::preloads(facts, name, text, folder));
                        if forges && starts_guarded(facts, walk, event.at) {
                            add(&mut found, *place);
                        }
                    }
                    // `make deploy CI=true` hands it on to what the target runs.
                    let targets = meaning.starts.iter().any(|s| matches!(s, Starts::Targets { .. }));
                    let given = words.iter().skip(1).any(|word| word.prefix().starts_with("CI="));
                    if targets && given && starts_guarded(facts, walk, event.at) {
                        add(&mut found, event.at);
                    }
                    let preloaded = preloads(facts, meaning, words, &folders);
                    if preloaded && starts_guarded(facts, walk, event.at) {
                        add(&mut found, event.at);
                    }
                }
                EventKind::LoadsEnv { file } => {
                    let places = handed::in_variables(facts, *file);
                    if !places.is_empty() && reaches_guarded(facts, walk, &mut BTreeSet::new()) {
                        for at in places {
                            add(&mut found, at);
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

/// A file that this very command loads before its program.
fn preloads(facts: &Facts<'_>, meaning: &Meaning, words: &[Text], folders: &[&str]) -> bool {
    meaning.starts.iter().any(|start| {
        let Starts::Preload { word } = start else { return false };
        let Some(text) = words.get(*word).and_then(Text::as_known) else { return false };
        let name = match text.split_once('=') {
            Some((option, value)) if option.starts_with('-') => value,
            _ => text,
        };
        folders
            .iter()
            .any(|folder| handed::named(facts, folder, name).is_some_and(|file| handed::meddles(facts, file)))
    })
}

/// Variables of a job, a container or a target, set in the file for whatever is started there.
fn entries(facts: &Facts<'_>, found: &mut BTreeMap<Place, Finding>) {
    for (index, entry) in facts.survey.entries.iter().enumerate() {
        let Some(held) = entry.handle.entry() else { continue };
        let folder = held.directory.clone().unwrap_or_else(|| ".".to_owned());
        let forges = |setting: &EnvSetting| {
            let text = handed::known(setting).unwrap_or("");
            setting.name == "CI" || handed::preloads(facts, &setting.name, text, &folder)
        };
        let mut places: Vec<Place> =
            held.env.iter().filter(|s| forges(s)).map(|s| Place { file: entry.file, span: s.span }).collect();
        let own = folder_of(facts.sources.path(entry.file));
        for (name, _) in &held.env_files {
            let file = handed::named(facts, &own, name).or_else(|| handed::named(facts, &folder, name));
            places.extend(file.into_iter().flat_map(|file| handed::in_variables(facts, file)));
        }
        if !places.is_empty()
            && (reaches_guarded(facts, &facts.survey.entry_walks[index], &mut BTreeSet::new())
                || image_reaches_guarded(facts, held))
        {
            for at in places {
                add(found, at);
            }
        }
    }
    handed_on(facts, found);
}

/// A service without a command of its own runs that of the image that is built in its folder.
fn image_reaches_guarded(facts: &Facts<'_>, service: &Entry) -> bool {
    if service.kind != EntryKind::Container || !service.unit.body.is_empty() {
        return false;
    }
    facts.survey.entries.iter().enumerate().any(|(index, entry)| {
        let file = facts.sources.file(entry.file);
        file.kind == Kind::Docker
            && service.directory.as_deref() == Some(file.folder())
            && reaches_guarded(facts, &facts.survey.entry_walks[index], &mut BTreeSet::new())
    })
}

/// A step writes it where the provider reads the variables of the steps behind it.
fn handed_on(facts: &Facts<'_>, found: &mut BTreeMap<Place, Finding>) {
    for (index, entry) in facts.survey.entries.iter().enumerate() {
        let UnitHandle::Step(lowered, job, step) = &entry.handle else { continue };
        let held = lowered.pipeline.as_ref().and_then(|p| p.jobs.get(*job)?.steps.get(*step));
        let Some(held) = held.filter(|held| held.text.contains("GITHUB_ENV") && held.text.contains("CI"))
        else {
            continue;
        };
        let mut at = 0;
        for line in held.text.split_inclusive('\n') {
            let range = at..at + line.trim_end().len();
            at += line.len();
            let alone = |at: usize| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let sets = line.match_indices("CI=").any(|(at, _)| alone(at));
            if !sets || !held.text.contains("GITHUB_ENV") {
                continue;
            }
            let later = facts.survey.entries.iter().enumerate().skip(index + 1).any(|(other, entry)| {
                matches!(&entry.handle, UnitHandle::Step(l, j, s) if Arc::ptr_eq(l, lowered) && j == job && s > step)
                    && reaches_guarded(facts, &facts.survey.entry_walks[other], &mut BTreeSet::new())
            });
            if later {
                let span = held.text_map.as_ref().map_or(held.text_span, |map| map.span(range));
                add(found, Place { file: entry.file, span });
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
        if handed::is_loaded_first(&name) && !facts.scope.tests.contains(&id) {
            for at in handed::of_first(facts, id) {
                add(found, at);
            }
        }
        if !(file.kind == Kind::DotEnv || surroundings::is_one(&file.path))
            || sample
            || facts.scope.exempt(id) && !facts.scope.application.contains(&id)
        {
            continue;
        }
        // A cheap look before the file is read as a whole.
        let word = |text: &str| WORDS.iter().any(|word| text.contains(word));
        if !file.text.as_deref().is_some_and(word) {
            continue;
        }
        for at in handed::of_file(facts, id) {
            add(found, at);
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
        EventKind::Ran { meaning, .. } => asks_for_ci(meaning),
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
            EventKind::Ran { meaning, .. } => asks_for_ci(meaning),
            _ => false,
        },
    )
}

/// A command of guard that believes to run in CI or not; the check of the source asks nothing of the kind.
fn asks_for_ci(meaning: &Meaning) -> bool {
    meaning.gate.as_ref().is_some_and(|gate| !matches!(gate, Gate::Check { .. } | Gate::NotGuard))
}

fn is_guarded(facts: &Facts<'_>, file: FileId) -> bool {
    let Some(contract) = facts.contract else { return false };
    facts
        .scope
        .scripts
        .get(&file)
        .is_some_and(|indices| indices.iter().any(|i| facts.is_protected(&contract.scripts[*i])))
}
