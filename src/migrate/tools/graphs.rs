//! Tools whose migrations name the ones before them: Django and Alembic.

use std::collections::{BTreeMap, BTreeSet};

use super::{Source, files, rows};
use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::migrate::history::{Line, State};

fn line(key: &str, name: impl Into<String>, state: State, at: Option<String>) -> Line {
    Line { key: key.to_owned(), name: name.into(), state, applied_at: at }
}

/// `app/migrations/0001_name.py`; a row always means applied. Apps that are installed have no files here.
pub(super) fn django(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["app", "name", "applied"], "id")?,
        None => Vec::new(),
    };
    let mut known: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    for row in found {
        let text = |at: usize| row.get(at).cloned().flatten();
        known.insert((text(0).unwrap_or_default(), text(1).unwrap_or_default()), text(2));
    }
    let mut own: BTreeSet<String> = BTreeSet::new();
    let mut lines = Vec::new();
    let start =
        if of.folder.file_name().is_some_and(|name| name == "migrations") { of.folder } else { of.root };
    for path in files::below(start, &[".py"]) {
        let part = |path: Option<&std::path::Path>| {
            path.and_then(|it| it.file_name()).map(|it| it.to_string_lossy().into_owned())
        };
        let folder = path.parent();
        let (Some(app), Some(name)) = (
            part(folder.and_then(std::path::Path::parent)),
            path.file_stem().map(|it| it.to_string_lossy().into_owned()),
        ) else {
            continue;
        };
        if part(folder).as_deref() != Some("migrations") || files::numbered(&format!("{name}.py")).is_none() {
            continue;
        }
        own.insert(app.clone());
        let row = known.remove(&(app.clone(), name.clone()));
        let state = if row.is_some() { State::Applied } else { State::Pending };
        let shown = format!("{app}.{name}");
        lines.push(line(&shown, shown.as_str(), state, row.flatten()));
    }
    for ((app, name), at) in known {
        let state = if own.contains(&app) { State::MissingFile } else { State::Applied };
        let shown = format!("{app}.{name}");
        lines.push(line(&shown, shown.as_str(), state, at));
    }
    lines.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(lines)
}

/// The text behind `name =` at the start of a line.
fn assigned<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(name)?;
        // `revision: str = "…"` says its type.
        let rest = rest.trim_start();
        let rest = if rest.starts_with(':') { rest.split_once('=')?.1 } else { rest.strip_prefix('=')? };
        Some(rest.trim())
    })
}

/// Every text in quotes.
fn texts(value: &str) -> Vec<String> {
    let value = value.split('#').next().unwrap_or(value);
    let mut out = Vec::new();
    let mut rest = value;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = if rest.as_bytes().get(at) == Some(&b'"') { '"' } else { '\'' };
        let inside = &rest[at + 1..];
        let Some(end) = inside.find(quote) else { break };
        out.push(inside[..end].to_owned());
        rest = &inside[end + 1..];
    }
    out
}

/// The table holds the heads; everything before a head is applied.
pub(super) fn alembic(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["version_num"], "1")?,
        None => Vec::new(),
    };
    let heads: Vec<String> = found.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    let mut graph: BTreeMap<String, (Vec<String>, String)> = BTreeMap::new();
    for path in files::below(of.folder, &[".py"]) {
        let Some(text) = files::text(&path) else { continue };
        let Some(revision) = assigned(&text, "revision").and_then(|it| texts(it).into_iter().next()) else {
            continue;
        };
        let before = assigned(&text, "down_revision").map(texts).unwrap_or_default();
        let name = path.file_stem().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        graph.insert(revision, (before, name));
    }
    let mut applied: BTreeSet<String> = BTreeSet::new();
    let mut left: Vec<String> = heads.clone();
    while let Some(one) = left.pop() {
        if applied.insert(one.clone())
            && let Some((before, _)) = graph.get(&one)
        {
            left.extend(before.iter().cloned());
        }
    }
    let mut lines = Vec::new();
    for head in heads.iter().filter(|head| !graph.contains_key(*head)) {
        lines.push(line(head, head.as_str(), State::MissingFile, None));
    }
    // Each behind those that it names; what leads in a circle comes last.
    let mut told: BTreeSet<String> = BTreeSet::new();
    let mut rest: Vec<String> = graph.keys().cloned().collect();
    while !rest.is_empty() {
        let ready = |one: &String| {
            graph.get(one).is_none_or(|(before, _)| {
                before.iter().all(|it| told.contains(it) || !graph.contains_key(it))
            })
        };
        let (mut now, later): (Vec<String>, Vec<String>) = rest.into_iter().partition(ready);
        if now.is_empty() {
            now = later;
            rest = Vec::new();
        } else {
            rest = later;
        }
        for one in now {
            let state = if applied.contains(&one) { State::Applied } else { State::Pending };
            let name = graph.get(&one).map(|(_, name)| name.clone()).unwrap_or_default();
            lines.push(line(&one, name, state, None));
            told.insert(one);
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_are_read_with_and_without_their_types() {
        let text = "x = 1\nrevision: str = 'a1'  # the id\ndown_revision = (\"b\", 'c')\n";
        assert_eq!(texts(assigned(text, "revision").unwrap()), ["a1"]);
        assert_eq!(texts(assigned(text, "down_revision").unwrap()), ["b", "c"]);
        assert!(texts(assigned("down_revision = None", "down_revision").unwrap()).is_empty());
    }
}
