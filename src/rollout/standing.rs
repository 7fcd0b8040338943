//! What stands: the last known-good release of an environment, and how its last rollout ended.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::places::{Places, replace};
use super::record::Record;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub good: Option<Release>,
    pub last: Option<Last>,
}

/// A release that ended in SUCCESS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub run: String,
    pub commit: Option<String>,
    pub at: String,
    pub report: Option<String>,
    /// In the order in which they were started.
    pub services: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Last {
    pub run: String,
    pub outcome: String,
    pub state: String,
    pub code: Option<String>,
    /// `rollback`, where it was no rollout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    pub commit: Option<String>,
    pub at: String,
    pub report: Option<String>,
}

impl Standing {
    /// Nothing stands where nothing was deployed.
    #[must_use]
    pub fn read(places: &Places, environment: &str) -> Self {
        read(&places.standing(environment)).unwrap_or_default()
    }

    /// `last` is the environment that is meant from now on where none is named.
    pub fn write(&self, places: &Places, environment: &str, last: &str) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        replace(&places.standing(environment), &text)?;
        replace(&places.last(), last)
    }
}

fn read(path: &Path) -> Option<Standing> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// The environment that was deployed last.
#[must_use]
pub fn last_environment(places: &Places) -> Option<String> {
    let text = std::fs::read_to_string(places.last()).ok()?;
    Some(text.trim().to_owned()).filter(|name| !name.is_empty())
}

/// A release as it is kept beside its report, so that it can be gone back to.
#[must_use]
pub fn release_path(report: &Path) -> std::path::PathBuf {
    report.with_extension("release.json")
}
