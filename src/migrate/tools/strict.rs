//! Tools that go by versions in one order: Flyway, golang-migrate, refinery, Atlas, Drizzle.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::{Source, files, rows, yes};
use crate::io::database::Session;
use crate::io::database::failure::Failure;
use crate::migrate::history::{Line, State};
use crate::words::digest::{crc32_of, sha256_hex};

fn line(key: &str, name: impl Into<String>, state: State, at: Option<String>) -> Line {
    Line { key: key.to_owned(), name: name.into(), state, applied_at: at }
}

/// `1.10` after `1.9`, whatever zeros stand in front.
fn by_parts(one: &str, other: &str) -> Ordering {
    let parts = |text: &str| -> Vec<u128> { text.split('.').map(|part| part.parse().unwrap_or(0)).collect() };
    let (mut one, mut other) = (parts(one), parts(other));
    let longest = one.len().max(other.len());
    one.resize(longest, 0);
    other.resize(longest, 0);
    one.cmp(&other)
}

fn normal(version: &str) -> String {
    let mut parts: Vec<&str> = version.split('.').map(|part| part.trim_start_matches('0')).collect();
    while parts.len() > 1 && parts.last() == Some(&"") {
        parts.pop();
    }
    parts.iter().map(|part| if part.is_empty() { "0" } else { part }).collect::<Vec<_>>().join(".")
}

/// Flyway's: CRC-32 over the lines without their ends, as a signed number.
pub(super) fn flyway_checksum(text: &str) -> i32 {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // `\r\n` leaves an empty piece between its two, which counts for nothing.
    crc32_of(text.split(['\n', '\r']).map(str::as_bytes)).cast_signed()
}

pub(super) fn flyway(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    struct Row {
        script: String,
        at: Option<String>,
        checksum: Option<i32>,
        success: bool,
    }
    let mut versions: BTreeMap<String, Row> = BTreeMap::new();
    let mut repeated: BTreeMap<String, Row> = BTreeMap::new();
    let mut baseline: Option<String> = None;
    if let Some(table) = of.table {
        let columns = ["version", "description", "type", "script", "checksum", "installed_on", "success"];
        for row in rows(session, table, &columns, "installed_rank")? {
            let text = |at: usize| row.get(at).cloned().flatten();
            let kind = text(2).unwrap_or_default();
            let one = Row {
                script: text(3).unwrap_or_default(),
                at: text(5),
                checksum: text(4).and_then(|sum| sum.parse().ok()),
                success: yes(text(6).as_ref()),
            };
            match (text(0).map(|version| normal(&version.replace('_', "."))), kind.as_str()) {
                (_, "SCHEMA") => {}
                (Some(version), "BASELINE") => baseline = Some(version),
                (Some(version), "DELETE") => drop(versions.remove(&version)),
                (Some(version), kind) if kind.starts_with("UNDO") => drop(versions.remove(&version)),
                (Some(version), _) => drop(versions.insert(version, one)),
                (None, "DELETE") => drop(repeated.remove(&text(1).unwrap_or_default())),
                (None, _) => drop(repeated.insert(text(1).unwrap_or_default(), one)),
            }
        }
    }
    let newest = versions.keys().max_by(|one, other| by_parts(one, other)).cloned();
    let mut lines = Vec::new();
    for name in files::names(of.folder) {
        let Some((version, description)) = files::versioned(&name) else { continue };
        let sum = files::text(&of.folder.join(&name)).map(|text| flyway_checksum(&text));
        let Some(version) = version.map(|version| normal(&version)) else {
            let known = repeated.remove(&description.replace('_', " "));
            let state = match &known {
                Some(row) if !row.success => State::Failed,
                Some(row) if row.checksum == sum => State::Applied,
                // A repeatable one that was changed is applied again.
                _ => State::Pending,
            };
            lines.push(line("~", name, state, known.and_then(|row| row.at)));
            continue;
        };
        let known = versions.remove(&version);
        let before =
            |than: &Option<String>| than.as_ref().is_some_and(|than| by_parts(&version, than).is_lt());
        let state = match &known {
            Some(row) if !row.success => State::Failed,
            Some(row) if row.checksum.is_some() && row.checksum != sum => State::Edited,
            Some(_) => State::Applied,
            None if baseline.as_ref().is_some_and(|base| by_parts(&version, base).is_le()) => State::Applied,
            None if before(&newest) => State::OutOfOrder,
            None => State::Pending,
        };
        lines.push(line(&version, name, state, known.and_then(|row| row.at)));
    }
    for (version, row) in versions {
        let state = if row.success { State::MissingFile } else { State::Failed };
        lines.push(line(&version, row.script, state, row.at));
    }
    for row in repeated.into_values() {
        let state = if row.success { State::MissingFile } else { State::Failed };
        lines.push(line("~", row.script, state, row.at));
    }
    lines.sort_by(|one, other| match (one.key.as_str(), other.key.as_str()) {
        ("~", "~") => one.name.cmp(&other.name),
        ("~", _) => Ordering::Greater,
        (_, "~") => Ordering::Less,
        (one, other) => by_parts(one, other),
    });
    Ok(lines)
}

/// One row: the version up to which everything is applied, and whether it broke off there.
pub(super) fn golang_migrate(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["version", "dirty"], "version")?,
        None => Vec::new(),
    };
    let current = found.last().and_then(|row| row.first().cloned().flatten());
    let dirty = found.last().is_some_and(|row| yes(row.get(1).and_then(Option::as_ref)));
    let current_number: Option<u64> = current.as_deref().and_then(|text| text.parse().ok());
    let mut lines = Vec::new();
    for name in files::names(of.folder) {
        let Some((version, rest)) = files::numbered(&name) else { continue };
        if !rest.contains(".up.") {
            continue;
        }
        let number: u64 = version.parse().unwrap_or(u64::MAX);
        let state = match current_number {
            Some(current) if number == current && dirty => State::Failed,
            Some(current) if number <= current => State::Applied,
            _ => State::Pending,
        };
        lines.push((number, line(&number.to_string(), name, state, None)));
    }
    if let (Some(text), Some(current)) = (current, current_number)
        && lines.iter().all(|(number, _)| *number != current)
    {
        let state = if dirty { State::Failed } else { State::MissingFile };
        lines.push((current, line(&text, text.clone(), state, None)));
    }
    lines.sort_by_key(|(number, _)| *number);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// refinery's: a hash of name, version and text, as its library computes it.
fn refinery_checksums(name: &str, version: &str, text: &str) -> Vec<String> {
    let hash = |version: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        version(&mut hasher);
        text.hash(&mut hasher);
        hasher.finish().to_string()
    };
    let mut found = Vec::new();
    if let Ok(number) = version.parse::<i32>() {
        found.push(hash(&|hasher| number.hash(hasher)));
    }
    if let Ok(number) = version.parse::<i64>() {
        found.push(hash(&|hasher| number.hash(hasher)));
    }
    found
}

pub(super) fn refinery(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["version", "name", "applied_on", "checksum"], "version")?,
        None => Vec::new(),
    };
    let mut known: BTreeMap<i64, (String, Option<String>, Option<String>)> = BTreeMap::new();
    for row in found {
        let text = |at: usize| row.get(at).cloned().flatten();
        if let Some(version) = text(0).and_then(|version| version.parse().ok()) {
            known.insert(version, (text(1).unwrap_or_default(), text(2), text(3)));
        }
    }
    let newest = known.keys().next_back().copied();
    let mut lines = Vec::new();
    for name in files::names(of.folder) {
        let Some((Some(version), description)) = files::versioned(&name) else { continue };
        let Ok(number) = version.parse::<i64>() else { continue };
        let row = known.remove(&number);
        let text = name.as_bytes().ends_with(b".sql").then(|| files::text(&of.folder.join(&name))).flatten();
        let state = match &row {
            Some((_, _, Some(sum))) if text.is_some() => {
                let own = refinery_checksums(&description, &version, &text.unwrap_or_default());
                if own.contains(sum) { State::Applied } else { State::Edited }
            }
            Some(_) => State::Applied,
            None if newest.is_some_and(|newest| number < newest) => State::OutOfOrder,
            None => State::Pending,
        };
        lines.push((number, line(&version, name, state, row.and_then(|row| row.1))));
    }
    for (number, (name, at, _)) in known {
        lines.push((number, line(&number.to_string(), format!("V{number}__{name}"), State::MissingFile, at)));
    }
    lines.sort_by_key(|(number, _)| *number);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

pub(super) fn atlas(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let columns = ["version", "description", "applied", "total", "executed_at", "error", "hash"];
    let found = match of.table {
        Some(table) => rows(session, table, &columns, "version")?,
        None => Vec::new(),
    };
    let mut known: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for row in found {
        if let Some(version) = row.first().cloned().flatten().filter(|version| !version.starts_with('.')) {
            known.insert(version, row);
        }
    }
    let newest = known.keys().next_back().cloned();
    let sums: BTreeMap<String, String> = files::text(&of.folder.join("atlas.sum"))
        .unwrap_or_default()
        .lines()
        .filter_map(|line| {
            let (name, sum) = line.trim().rsplit_once(" h1:")?;
            Some((name.to_owned(), sum.to_owned()))
        })
        .collect();
    let failed = |row: &Vec<Option<String>>| {
        let text = |at: usize| row.get(at).and_then(Option::as_deref).unwrap_or_default();
        let number = |at: usize| text(at).parse::<i64>().unwrap_or(0);
        !text(5).is_empty() || number(2) < number(3)
    };
    let mut lines = Vec::new();
    for name in files::names(of.folder) {
        let Some(stem) = name.strip_suffix(".sql") else { continue };
        let version = stem.split_once('_').map_or(stem, |(version, _)| version);
        let row = known.remove(version);
        let at = row.as_ref().and_then(|row| row.get(4).cloned().flatten());
        let state = match &row {
            Some(row) if failed(row) => State::Failed,
            Some(row) => {
                let was = row.get(6).and_then(Option::as_deref).unwrap_or_default();
                let is = sums.get(&name).map(String::as_str).unwrap_or_default();
                if !was.is_empty() && !is.is_empty() && was != is { State::Edited } else { State::Applied }
            }
            None if newest.as_deref().is_some_and(|newest| version < newest) => State::OutOfOrder,
            None => State::Pending,
        };
        lines.push(line(version, name.as_str(), state, at));
    }
    for (version, row) in known {
        let state = if failed(&row) { State::Failed } else { State::MissingFile };
        let text = |at: usize| row.get(at).cloned().flatten();
        lines.push(line(&version, format!("{version}_{}", text(1).unwrap_or_default()), state, text(4)));
    }
    lines.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(lines)
}

/// Drizzle compares nothing but the newest moment: what is older and has no row is passed over for ever.
pub(super) fn drizzle(session: &mut Session, of: &Source<'_>) -> Result<Vec<Line>, Failure> {
    let found = match of.table {
        Some(table) => rows(session, table, &["hash", "created_at"], "created_at")?,
        None => Vec::new(),
    };
    let mut known: Vec<(String, i64)> = found
        .into_iter()
        .map(|row| {
            let text = |at: usize| row.get(at).cloned().flatten().unwrap_or_default();
            (text(0), text(1).parse().unwrap_or(0))
        })
        .collect();
    let newest = known.iter().map(|(_, when)| *when).max();
    let journal: serde_json::Value = files::text(&of.folder.join("meta/_journal.json"))
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let entries = journal.get("entries").and_then(|it| it.as_array()).cloned().unwrap_or_default();
    let mut lines = Vec::new();
    for entry in &entries {
        let Some(tag) = entry.get("tag").and_then(|it| it.as_str()) else { continue };
        let when = entry.get("when").and_then(serde_json::Value::as_i64).unwrap_or(0);
        let text = files::text(&of.folder.join(format!("{tag}.sql")));
        let hashes: Vec<String> = text
            .iter()
            .flat_map(|text| [sha256_hex(text.as_bytes()), sha256_hex(text.replace("\r\n", "\n").as_bytes())])
            .collect();
        let at = known.iter().position(|(hash, _)| hashes.contains(hash));
        let same_moment = known.iter().position(|(_, moment)| *moment == when);
        let state = match (at, same_moment) {
            (Some(_), _) => State::Applied,
            (None, Some(_)) => State::Edited,
            (None, None) if newest.is_some_and(|newest| when <= newest) => State::Skipped,
            (None, None) => State::Pending,
        };
        let row = at.or(same_moment).map(|at| known.remove(at));
        let moment = row.map(|(_, when)| crate::io::clock::written(when / 1000));
        lines.push(line(&when.to_string(), tag, state, moment));
    }
    for (hash, when) in known {
        let name: String = hash.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        let at = Some(crate::io::clock::written(when / 1000));
        lines.push(line(&when.to_string(), name, State::MissingFile, at));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flyway_s_checksum_knows_no_line_ends() {
        // The check value of this polynomial.
        assert_eq!(flyway_checksum("123456789"), 0xCBF4_3926_u32.cast_signed());
        assert_eq!(flyway_checksum("1234\n567\r\n89\n"), flyway_checksum("\u{feff}123456789"));
        assert_eq!(flyway_checksum(""), 0);
    }

    #[test]
    fn versions_are_compared_by_their_parts() {
        assert!(by_parts("1.9", "1.10").is_lt());
        assert!(by_parts("1", "1.0").is_eq());
        assert_eq!((normal("001.02.0").as_str(), normal("0").as_str()), ("1.2", "0"));
    }
}
