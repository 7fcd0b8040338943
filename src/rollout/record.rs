//! What is known of a started service: who it is, how it was started, and how it ended. Its shim writes
//! it, everybody else reads it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::log::Mark;
use super::places::{Places, replace};
use crate::io::process::{self, Identity, Seen};

/// What is started, and what would be started again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    pub service: String,
    pub run: String,
    /// Of everything that makes it what it is: commit, command, configuration.
    pub digest: String,
    pub commit: Option<String>,
    /// The commit with whatever differed from it.
    #[serde(default)]
    pub tree: String,
    pub command: Vec<String>,
    pub directory: String,
    pub port: Option<u16>,
    pub host: String,
    /// Names of the variables that it was given; values are nobody's business here.
    pub variables: Vec<String>,
    /// `[service.env]`, which stands in the repository.
    pub own: BTreeMap<String, String>,
    pub signal: String,
    pub grace_ms: u64,
    pub log: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub at: String,
}

impl Exit {
    #[must_use]
    pub fn told(&self) -> String {
        match (self.code, self.signal) {
            (Some(code), _) => format!("exit code {code}"),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "an unknown end".into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub recipe: Recipe,
    pub started_at: String,
    pub shim: Identity,
    /// None: it could not be started.
    pub process: Option<Identity>,
    pub problem: Option<String>,
    pub exit: Option<Exit>,
    /// guard was asked to stop it.
    #[serde(default)]
    pub asked_to_stop: bool,
    /// Where its own lines begin in the log, which others before it have written to.
    #[serde(default)]
    pub log_from: Option<Mark>,
}

/// The variable that tells a service's processes from others.
pub const TAG: &str = "GUARD_RUN";

impl Recipe {
    #[must_use]
    pub fn tag(&self) -> String {
        format!("{}/{}", self.run, self.service)
    }
}

impl Record {
    /// None where there is none, or none that can be read.
    #[must_use]
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    #[must_use]
    pub fn of(places: &Places, environment: &str, service: &str) -> Option<Self> {
        Self::read(&places.service(environment, service))
    }

    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        replace(path, &serde_json::to_string_pretty(self).unwrap_or_default())
    }

    /// The process that was started is there, and it is that one: all that is known of it is the same, or it
    /// has just become another program, and its shim, who keeps its number, is there.
    #[must_use]
    pub fn lives(&self) -> bool {
        self.process.as_ref().is_some_and(|known| known.lives() || self.shim.lives() && self.keeps(known))
    }

    /// The process is still the shim's child.
    fn keeps(&self, known: &Identity) -> bool {
        process::see(known.pid)
            .is_some_and(|now| !now.is_gone() && now.start == known.start && now.parent == self.shim.pid)
    }

    /// Everybody who belongs to the service, without the shim: its group, its session, and what left
    /// both and still carries its mark.
    #[must_use]
    pub fn members(&self) -> Vec<Seen> {
        let tag = self.recipe.tag();
        let known = self.shim.lives() || self.lives();
        let group = self.process.as_ref().map_or(0, |process| process.pid);
        let mut all = process::all();
        all.retain(|seen| {
            if seen.pid == self.shim.pid || seen.is_gone() {
                return false;
            }
            let inside = seen.session == self.shim.pid || group != 0 && seen.group == group;
            // Numbers are given again; where nobody vouches for them, the mark does.
            (inside && known) || process::carries(seen.pid, TAG, &tag)
        });
        all
    }

    /// It left the group and session in which it was started.
    #[must_use]
    pub fn has_left(&self, seen: &Seen) -> bool {
        let group = self.process.as_ref().map_or(0, |process| process.pid);
        seen.session != self.shim.pid && seen.group != group
    }
}

/// The processes of guard's in other environments of this project, each with the environment's name.
#[must_use]
pub fn elsewhere(places: &Places, environment: &str, known: &[String]) -> Vec<(String, Record)> {
    let others = known.iter().filter(|name| *name != environment);
    others.flat_map(|name| all(places, name).into_iter().map(|record| (name.clone(), record))).collect()
}

/// Every record of an environment, by the service's name.
#[must_use]
pub fn all(places: &Places, environment: &str) -> Vec<Record> {
    let Ok(entries) = std::fs::read_dir(places.services(environment)) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut records: Vec<Record> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .filter_map(|path| Record::read(&path))
        .collect();
    records.sort_by(|a, b| a.recipe.service.cmp(&b.recipe.service));
    records
}
