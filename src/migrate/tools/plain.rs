//! Tools that keep a list and ask only whether a migration is on it: Rails, Knex, Liquibase, pgroll.

use std::collections::BTreeMap;

use super::{Source, files, rows, table, yes};
use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::migrate::history::{Line, State};

fn line(key: &str, name: impl Into<String>, state: State, at: Option<String>) -> Line {
    Line { key: key.to_owned(), name: name.into(), state, applied_at: at }
}

pub(super) fn rails(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["version"], "version")?,
        None => Vec::new(),
    };
    let mut known: Vec<String> =
        found.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect();
    let mut lines = Vec::new();
    for name in files::names(of.folder) {
        let Some((version, _)) = files::numbered(&name).filter(|(_, rest)| rest.as_bytes().ends_with(b".rb"))
        else {
            continue;
        };
        let before = known.len();
        known.retain(|it| *it != version);
        let state = if known.len() < before { State::Applied } else { State::Pending };
        lines.push(line(&version, name, state, None));
    }
    lines.extend(known.iter().map(|version| line(version, version.as_str(), State::MissingFile, None)));
    lines.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(lines)
}

pub(super) fn knex(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["name", "migration_time"], "id")?,
        None => Vec::new(),
    };
    let mut known: BTreeMap<String, Option<String>> = found
        .into_iter()
        .filter_map(|row| {
            let mut row = row.into_iter();
            Some((row.next().flatten()?, row.next().flatten()))
        })
        .collect();
    let endings = [".js", ".ts", ".cjs", ".mjs", ".coffee", ".ls"];
    let mut lines = Vec::new();
    for name in files::names(of.folder) {
        if !endings.iter().any(|end| name.ends_with(end)) || name.ends_with(".d.ts") {
            continue;
        }
        // A built project has the same migrations under another ending.
        let stem = |name: &str| name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned();
        let row = known.keys().find(|known| stem(known) == stem(&name)).cloned();
        let at = row.as_ref().and_then(|row| known.remove(row));
        let state = if row.is_some() { State::Applied } else { State::Pending };
        lines.push(line(&name.clone(), name, state, at.flatten()));
    }
    for (name, at) in known {
        lines.push(line(&name.clone(), name, State::MissingFile, at));
    }
    lines.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(lines)
}

pub(super) fn knex_lock(session: &mut Session) -> Result<Option<String>, Failure> {
    let Some(table) = table(session, "knex_migrations_lock")? else { return Ok(None) };
    let found = rows(session, &table, &["is_locked"], "1")?;
    let held = found.iter().any(|row| yes(row.first().and_then(Option::as_ref)));
    Ok(held.then(|| "knex_migrations_lock says that a run is at work".to_owned()))
}

pub(super) fn liquibase_lock(session: &mut Session) -> Result<Option<String>, Failure> {
    let Some(table) = table(session, "databasechangeloglock")? else { return Ok(None) };
    let found = rows(session, &table, &["locked", "lockedby", "lockgranted"], "1")?;
    let row = found.iter().find(|row| yes(row.first().and_then(Option::as_ref)));
    Ok(row.map(|row| {
        let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_else(|| "nobody knows".into());
        format!("by {} since {}", text(1), text(2))
    }))
}

pub(super) fn liquibase(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let columns = ["id", "author", "filename", "dateexecuted", "exectype"];
    let found = match of.table {
        Some(table) => rows(session, table, &columns, "orderexecuted")?,
        None => Vec::new(),
    };
    let sets = changesets(of);
    let mut lines = Vec::new();
    let mut ran: Vec<String> = Vec::new();
    for row in found {
        let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
        let key = format!("{}:{}", text(1), text(0));
        let state = match text(4).as_str() {
            "FAILED" => State::Failed,
            "SKIPPED" => State::Skipped,
            _ if !sets.is_empty() && sets.iter().all(|(known, _)| *known != key) => State::MissingFile,
            _ => State::Applied,
        };
        lines.push(line(&key, format!("{}::{}::{}", text(2), text(0), text(1)), state, Some(text(3))));
        ran.push(key);
    }
    for (key, name) in sets.into_iter().filter(|(key, _)| !ran.contains(key)) {
        lines.push(line(&key, name, State::Pending, None));
    }
    Ok(lines)
}

/// The change sets of formatted SQL and of XML, as `author:id`, with the name that the history gives them.
fn changesets(of: &Source<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for path in files::below(of.folder, &[".sql", ".xml"]) {
        let Some(text) = files::text(&path) else { continue };
        let shown = path.strip_prefix(of.root).unwrap_or(&path).to_string_lossy().into_owned();
        if shown.as_bytes().ends_with(b".sql") {
            for line in text.lines() {
                let Some(rest) = line.trim_start().strip_prefix("--") else { continue };
                let Some(rest) = rest.trim_start().strip_prefix("changeset ") else { continue };
                let word = rest.split_whitespace().next().unwrap_or_default();
                if let Some((author, id)) = word.split_once(':') {
                    found.push((format!("{author}:{id}"), format!("{shown}::{id}::{author}")));
                }
            }
        } else {
            for piece in text.split("<changeSet").skip(1) {
                let head = piece.split('>').next().unwrap_or_default();
                let value = |name: &str| {
                    let (_, rest) = head.split_once(&format!("{name}=\""))?;
                    rest.split_once('"').map(|(value, _)| value.to_owned())
                };
                if let (Some(id), Some(author)) = (value(" id"), value("author")) {
                    found.push((format!("{author}:{id}"), format!("{shown}::{id}::{author}")));
                }
            }
        }
    }
    found
}

/// One that is started and not completed is a usual state of pgroll, and still to be completed.
pub(super) fn pgroll(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["name", "done", "created_at"], "created_at")?,
        None => Vec::new(),
    };
    let mut lines = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let stems: Vec<String> = files::names(of.folder)
        .iter()
        .filter_map(|name| {
            let (stem, end) = name.rsplit_once('.')?;
            ["json", "yaml", "yml"].contains(&end).then(|| stem.to_owned())
        })
        .collect();
    for row in found {
        let text = |at: usize| row.get(at).cloned().flatten();
        let name = text(0).unwrap_or_default();
        // Changes that were made without the tool are written down by its trigger.
        if name.starts_with("sql_") && !stems.contains(&name) {
            continue;
        }
        let state = if !yes(text(1).as_ref()) {
            State::Pending
        } else if !stems.is_empty() && !stems.contains(&name) {
            State::MissingFile
        } else {
            State::Applied
        };
        lines.push(line(&name, name.as_str(), state, text(2)));
        seen.push(name);
    }
    for stem in stems.into_iter().filter(|stem| !seen.contains(stem)) {
        lines.push(line(&stem.clone(), stem, State::Pending, None));
    }
    Ok(lines)
}
