//! The journal: every event of the run, one JSON object a line. What is about to be changed is on the disk
//! before it is; the rest may wait for the system, which outlives a run that is killed. A journal without a
//! result at its end is how the next run knows of a crash.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::words::rollout::{Event, Kind, State};

/// A journal that is written.
pub struct Journal(File);

/// A run that never said how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    pub run: String,
    pub state: String,
    pub at: String,
    /// `stop`, `restart` or `rollback`, where it was no rollout.
    pub command: Option<String>,
}

impl Interrupted {
    #[must_use]
    pub fn told(&self) -> String {
        match &self.command {
            Some(command) => format!("`guard {command}` (run {}) was killed at {}", self.run, self.at),
            None => format!("the run {} was killed in {} at {}", self.run, self.state, self.at),
        }
    }
}

impl Journal {
    /// Begins a new one.
    pub fn begin(path: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).write(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        options.open(path).map(Self)
    }

    pub fn add(&mut self, event: &Event) -> std::io::Result<()> {
        self.line(&serde_json::to_value(event).unwrap_or_default())?;
        let intent = event.event == Kind::Enter
            && matches!(event.state, State::Start(_) | State::Tunnel | State::FailureRollback);
        if intent { self.0.sync_data() } else { Ok(()) }
    }

    /// Says how it ended.
    pub fn end(&mut self, run: &str, outcome: &str, state: &State) -> std::io::Result<()> {
        self.line(&json!({ "outcome": outcome, "run": run, "state": state.name() }))?;
        self.0.sync_data()
    }

    fn line(&mut self, value: &Value) -> std::io::Result<()> {
        self.0.write_all(format!("{value}\n").as_bytes())
    }
}

/// Where the run of a journal stopped, when it never said how it ended.
#[must_use]
pub fn interrupted(path: &Path) -> Option<Interrupted> {
    let text = std::fs::read_to_string(path).ok()?;
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let last = lines.last()?;
    if last.get("outcome").is_some() {
        return None;
    }
    let word = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let begun = lines.first()?.get("evidence").cloned().unwrap_or_default();
    let command = Some(word(&begun, "command")).filter(|command| !command.is_empty());
    Some(Interrupted {
        run: word(&begun, "run"),
        state: word(last, "state"),
        at: word(last, "time"),
        command,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_without_a_result_is_of_a_run_that_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        assert_eq!(interrupted(&path), None);
        let entered = r#"{"time":"t","event":"enter","state":"PRECHECK","evidence":{"run":"a1"}}"#;
        std::fs::write(&path, format!("{entered}\n{{\"time\":\"u\",\"state\":\"BACKEND_START\"}}\n{{\"ti"))
            .unwrap();
        let found = interrupted(&path).unwrap();
        assert_eq!((found.run.as_str(), found.state.as_str()), ("a1", "BACKEND_START"));
        let mut journal = Journal::begin(&path).unwrap();
        journal.end("a1", "ok", &State::Success).unwrap();
        assert_eq!(interrupted(&path), None);
    }
}
