//! The spool: every occurrence is written here first, in one step, and waits for its database. Nothing here
//! asks anybody anything, so it holds nothing up.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Incident, Occurrence};
use crate::io::clock;
use crate::io::output::replace;
use crate::words::digest::sha256_hex;

const ENDING: &str = "json";
/// More than this was not written by guard.
const LARGEST: u64 = 1 << 20;

/// Writes an occurrence. Its incident is the one of the same cause that waits already or that is known to be
/// open, where there is one. The incident's id.
pub fn write(folder: &Path, mut occurrence: Occurrence) -> std::io::Result<String> {
    let waiting = read(folder);
    let same = |other: &&(PathBuf, Occurrence)| {
        other.1.environment == occurrence.environment && other.1.cause == occurrence.cause
    };
    if let Some((_, before)) = waiting.iter().find(same) {
        occurrence.incident.clone_from(&before.incident);
    } else if let Some(id) = open_id(folder, &occurrence.environment, &occurrence.cause) {
        occurrence.incident = id;
    }
    let text = serde_json::to_string(&occurrence).map_err(std::io::Error::other)?;
    let name = format!("{:015}-{}.{ENDING}", occurrence.at.max(0), occurrence.id);
    replace(&folder.join(name), &text)?;
    Ok(occurrence.incident)
}

/// Everything that waits, the oldest first. A file that is none of these stays where it is.
#[must_use]
pub fn read(folder: &Path) -> Vec<(PathBuf, Occurrence)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == ENDING))
        .filter(|path| fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= LARGEST))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let occurrence = serde_json::from_str(&fs::read_to_string(&path).ok()?).ok()?;
            Some((path, occurrence))
        })
        .collect()
}

/// Those that wait, as incidents: the first of each cause names it.
#[must_use]
pub fn incidents(folder: &Path, environment: &str) -> Vec<(Incident, Vec<Occurrence>)> {
    let mut out: Vec<(Incident, Vec<Occurrence>)> = Vec::new();
    for (_, occurrence) in read(folder).into_iter().filter(|(_, it)| it.environment == environment) {
        match out.iter_mut().find(|(incident, _)| incident.id == occurrence.incident) {
            Some((_, events)) => events.push(occurrence),
            None => out.push((as_incident(&occurrence), vec![occurrence])),
        }
    }
    out
}

fn as_incident(occurrence: &Occurrence) -> Incident {
    Incident {
        id: occurrence.incident.clone(),
        created_at: clock::written_with_millis(occurrence.at),
        severity: occurrence.severity.name().to_owned(),
        category: occurrence.category.name().to_owned(),
        summary: occurrence.summary.clone(),
        details: super::table::details(occurrence),
        resolved_at: None,
        resolution_notes: None,
        spooled: true,
    }
}

/// Which incidents were open in the database when guard last wrote there: so a report can name the incident
/// while the database is down.
fn open_file(folder: &Path, environment: &str) -> PathBuf {
    let name: String = sha256_hex(environment.as_bytes()).chars().take(16).collect();
    folder.join(format!("{name}.open"))
}

fn open_id(folder: &Path, environment: &str, cause: &str) -> Option<String> {
    let text = fs::read_to_string(open_file(folder, environment)).ok()?;
    let known: Vec<(String, String)> = serde_json::from_str(&text).ok()?;
    known.into_iter().find(|(known, _)| known == cause).map(|(_, id)| id)
}

/// Remembers causes and ids of what is open.
pub fn remember_open(folder: &Path, environment: &str, open: &[(String, String)]) -> std::io::Result<()> {
    let text = serde_json::to_string(open).map_err(std::io::Error::other)?;
    replace(&open_file(folder, environment), &text)
}
