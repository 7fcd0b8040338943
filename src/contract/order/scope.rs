//! What globs and paths take out of judgement: application, tests, built, retired, quarantine.
//! A glob is as wide as the files that it covers, not as its text looks.

use std::collections::BTreeMap;

use super::super::glob::Globs;
use super::super::meaning;
use super::super::model::{At, Contract};
use super::{Changes, Seen};
use crate::words::span::Span;

pub(super) fn compare(changes: &mut Changes, base: &Contract, head: &Contract, seen: &Seen) {
    let (old, new) = (&base.scope, &head.scope);
    exempt(changes, "application", &old.application, &new.application, seen);
    exempt(changes, "tests", &old.tests, &new.tests, seen);
    built(changes, base, head, seen);
}

fn globs(patterns: &[At<String>]) -> Globs {
    Globs::of(patterns.iter().map(|pattern| pattern.value.as_str()))
}

fn same(old: &[At<String>], new: &[At<String>]) -> bool {
    meaning::placed(old).keys().eq(meaning::placed(new).keys())
}

/// Where a list stands: its members that the other one does not have, else all of it.
fn place(list: &[At<String>], other: &[At<String>]) -> Option<Span> {
    let strange = |at: &&At<String>| !other.iter().any(|same| same.value == at.value);
    let join = |spans: Option<Span>, at: &At<String>| Some(spans.map_or(at.span, |span| span.to(at.span)));
    list.iter().filter(strange).fold(None, join).or_else(|| list.iter().fold(None, join))
}

/// Up to three names and how many more there are.
fn names(paths: &[&String]) -> String {
    let shown: Vec<&str> = paths.iter().take(3).map(|path| path.as_str()).collect();
    match paths.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

fn exempt(changes: &mut Changes, key: &str, old: &[At<String>], new: &[At<String>], seen: &Seen) {
    if same(old, new) {
        return;
    }
    let (before, after) = (globs(old), globs(new));
    let only = |one: &Globs, other: &Globs| -> Vec<&String> {
        seen.surfaces.iter().filter(|path| one.covers(path) && !other.covers(path)).collect()
    };
    let (more, less) = (only(&after, &before), only(&before, &after));
    let spans = (place(old, new), place(new, old));
    if !more.is_empty() {
        let what = format!("`{key}` now covers {}, which can change a database", names(&more));
        changes.weaker(what, spans.0, spans.1);
    }
    if !less.is_empty() {
        changes.tighter(format!("`{key}` no longer covers {}", names(&less)), spans.0, spans.1);
    }
    if more.is_empty() && less.is_empty() {
        let what = format!("`{key}` reads differently and covers the same surfaces");
        changes.neutral(what, spans.0, spans.1);
    }
}

fn below(folder: &str, path: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A mapping decides which source a started file is taken for: another one may hide a surface.
fn built(changes: &mut Changes, base: &Contract, head: &Contract, seen: &Seen) {
    let (old, new) = (&base.scope.built, &head.scope.built);
    let spans =
        |folder: &str| (base.scope.built_at.get(folder).copied(), head.scope.built_at.get(folder).copied());
    let touched =
        |folders: &[&str]| seen.surfaces.iter().any(|path| folders.iter().any(|folder| below(folder, path)));
    for (folder, source) in new {
        let (before, after) = spans(folder);
        let what = format!("files in {folder} are now taken for those in {source}");
        match old.get(folder) {
            Some(was) if was == source => {}
            Some(was) if touched(&[folder, source, was]) => {
                changes.weaker(format!("{what}, not for those in {was}"), before, after);
            }
            None if touched(&[folder]) => changes.weaker(what, before, after),
            _ => changes.neutral(what, before, after),
        }
    }
    for (folder, source) in old.iter().filter(|(folder, _)| !new.contains_key(*folder)) {
        let what = format!("files in {folder} are no longer taken for those in {source}");
        let (before, after) = spans(folder);
        if touched(&[folder]) {
            changes.tighter(what, before, after);
        } else {
            changes.neutral(what, before, after);
        }
    }
}

pub(super) fn retired(changes: &mut Changes, base: &Contract, head: &Contract, seen: &Seen) {
    let (old, new) = (entries(base), entries(head));
    let exists = |path: &str| seen.head_paths.binary_search_by(|have| have.as_str().cmp(path)).is_ok();
    for (path, (instead, span)) in &old {
        match new.get(path) {
            Some((same, _)) if same == instead => {}
            Some((_, after)) => {
                let what = format!("retired {path} points to another script");
                changes.neutral(what, Some(*span), Some(*after));
            }
            None if exists(path) => {
                changes.weaker(format!("{path} is no longer retired"), Some(*span), None);
            }
            None => changes.neutral(format!("{path} is gone, and so is its retirement"), Some(*span), None),
        }
    }
    for (path, (_, span)) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        if exists(path) {
            changes.tighter(format!("{path} is now retired"), None, Some(*span));
        } else {
            changes.neutral(format!("{path} is retired and does not exist"), None, Some(*span));
        }
    }
}

type Entries<'a> = BTreeMap<&'a str, (Option<&'a str>, Span)>;

fn entries(contract: &Contract) -> Entries<'_> {
    let mut entries = Entries::new();
    for entry in &contract.retired {
        let instead = entry.instead.as_ref().map(|path| path.value.as_str());
        entries.entry(entry.path.value.as_str()).or_insert((instead, entry.path.span));
    }
    entries
}

/// Both ways can weaken: a file that leaves may be started again, and one that joins with surfaces
/// of its own may exist although no script entry names it.
pub(super) fn quarantine(changes: &mut Changes, base: &Contract, head: &Contract, seen: &Seen) {
    let (old, new) = (&base.quarantine, &head.quarantine);
    if same(old, new) {
        return;
    }
    let (before, after) = (globs(old), globs(new));
    let spans = (place(old, new), place(new, old));
    let was_there = |path: &String| seen.base_paths.binary_search(path).is_ok();
    let left: Vec<&String> = seen
        .head_paths
        .iter()
        .filter(|path| was_there(path) && before.covers(path) && !after.covers(path))
        .collect();
    let joined: Vec<&String> =
        seen.head_paths.iter().filter(|path| after.covers(path) && !before.covers(path)).collect();
    if !left.is_empty() {
        changes.weaker(format!("{} left the quarantine", names(&left)), spans.0, spans.1);
    }
    let declared = |path: &str| {
        base.scripts.iter().any(|script| script.path.value == path)
            || base.retired.iter().any(|entry| entry.path.value == path)
    };
    let (added, shut): (Vec<&String>, Vec<&String>) = joined
        .into_iter()
        .partition(|path| !declared(path) && (!was_there(path) || seen.surfaces.contains(path)));
    if !added.is_empty() {
        changes.weaker(format!("{} joined the quarantine", names(&added)), spans.0, spans.1);
    }
    if !shut.is_empty() {
        changes.tighter(format!("{} may no longer be started", names(&shut)), spans.0, spans.1);
    }
    if left.is_empty() && added.is_empty() && shut.is_empty() {
        changes.neutral(
            "the quarantine reads differently and covers the same files".to_owned(),
            spans.0,
            spans.1,
        );
    }
}
