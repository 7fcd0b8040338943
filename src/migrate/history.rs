//! What a database says of the migrations that it had, beside what the repository holds.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::files::Migration;
use crate::words::ending::{Code, Ending};

/// A row of the history, whatever tool's it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    pub key: String,
    /// What to call it where its file is gone.
    pub name: String,
    pub at: Option<String>,
    pub success: bool,
    pub checksum: Vec<u8>,
    /// Of several rows for one migration, the one that counts.
    pub id: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Applied,
    Pending,
    Failed,
    Edited,
    MissingFile,
    OutOfOrder,
    /// The tool passed over it, and will for ever.
    Skipped,
}

impl State {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Failed => "failed",
            Self::Edited => "edited",
            Self::MissingFile => "missing-file",
            Self::OutOfOrder => "out-of-order",
            Self::Skipped => "skipped",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub key: String,
    pub name: String,
    pub state: State,
    pub applied_at: Option<String>,
}

impl Line {
    #[must_use]
    pub fn json(&self) -> Json {
        json!({ "name": self.name, "state": self.state.name(), "applied_at": self.applied_at })
    }
}

/// Every migration once, in its order. `order` tells which of two keys is the older one.
#[must_use]
pub fn compare(
    files: &[Migration],
    applied: &[Applied],
    order: fn(&str, &str) -> std::cmp::Ordering,
) -> Vec<Line> {
    let newest = applied.iter().map(|row| row.key.as_str()).max_by(|one, other| order(one, other));
    let rows: BTreeMap<&str, &Applied> = applied.iter().map(|row| (row.key.as_str(), row)).collect();
    let mut lines: Vec<Line> = files
        .iter()
        .map(|file| {
            let row = rows.get(file.key.as_str());
            let state = match row {
                None if newest.is_some_and(|newest| order(&file.key, newest).is_lt()) => State::OutOfOrder,
                None => State::Pending,
                Some(row) if !row.success => State::Failed,
                Some(row) if !file.is(&row.checksum) => State::Edited,
                Some(_) => State::Applied,
            };
            let applied_at = row.and_then(|row| row.at.clone());
            Line { key: file.key.clone(), name: file.name.clone(), state, applied_at }
        })
        .collect();
    for row in applied.iter().filter(|row| files.iter().all(|file| file.key != row.key)) {
        let state = if row.success { State::MissingFile } else { State::Failed };
        lines.push(Line { key: row.key.clone(), name: row.name.clone(), state, applied_at: row.at.clone() });
    }
    lines.sort_by(|one, other| order(&one.key, &other.key));
    lines
}

/// Numbers by their value.
#[must_use]
pub fn numbers(one: &str, other: &str) -> std::cmp::Ordering {
    let number = |text: &str| text.parse::<i64>().unwrap_or(i64::MAX);
    number(one).cmp(&number(other)).then_with(|| one.cmp(other))
}

/// Names by their bytes.
#[must_use]
pub fn names(one: &str, other: &str) -> std::cmp::Ordering {
    one.cmp(other)
}

/// Nothing failed, edited, missing or out of order.
pub fn sane(lines: &[Line]) -> Result<(), Ending> {
    for (state, code, what, next) in [
        (
            State::Failed,
            Code::HistoryFailed,
            "a migration failed halfway",
            "look at what it left behind, and finish it or take it back",
        ),
        (
            State::MissingFile,
            Code::HistoryMissingFile,
            "an applied migration is not in the repository",
            "bring the file back; is this the right branch?",
        ),
        (
            State::Edited,
            Code::HistoryEdited,
            "an applied migration was changed since",
            "put the file back as it was, and write a new migration",
        ),
        (
            State::OutOfOrder,
            Code::HistoryOutOfOrder,
            "a migration is older than one that is applied",
            "give it a version above the newest",
        ),
        (
            State::Skipped,
            Code::HistoryOutOfOrder,
            "a migration was passed over, and the tool will never apply it",
            "give it a place behind the newest",
        ),
    ] {
        let names: Vec<&str> =
            lines.iter().filter(|line| line.state == state).map(|line| line.name.as_str()).collect();
        if !names.is_empty() {
            return Err(Ending::refused(code, format!("{what}: {}", names.join(", ")))
                .detail("migrations", names)
                .next(next));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: i64, checksum: u8) -> Migration {
        Migration {
            key: version.to_string(),
            version,
            description: "x".into(),
            name: format!("{version}_x.sql"),
            sql: String::new(),
            checksum: vec![checksum],
            also: Vec::new(),
            bare: false,
        }
    }

    fn row(version: i64, checksum: u8, success: bool) -> Applied {
        let key = version.to_string();
        Applied {
            name: key.clone(),
            id: key.clone(),
            key,
            at: Some("t".into()),
            success,
            checksum: vec![checksum],
        }
    }

    #[test]
    fn every_difference_has_its_state_and_its_code() {
        for (files, rows, states, code) in [
            (vec![file(1, 1), file(2, 2)], vec![row(1, 1, true)], "applied pending", "ok"),
            (vec![file(1, 1)], vec![row(1, 1, false)], "failed", "history/failed"),
            (vec![file(1, 9)], vec![row(1, 1, true)], "edited", "history/edited"),
            (
                vec![file(2, 2)],
                vec![row(1, 1, true), row(2, 2, true)],
                "missing-file applied",
                "history/missing-file",
            ),
            (
                vec![file(1, 1), file(2, 2)],
                vec![row(2, 2, true)],
                "out-of-order applied",
                "history/out-of-order",
            ),
            (vec![], vec![row(1, 1, false)], "failed", "history/failed"),
        ] {
            let lines = compare(&files, &rows, numbers);
            let told: Vec<&str> = lines.iter().map(|line| line.state.name()).collect();
            assert_eq!(told.join(" "), states);
            assert_eq!(sane(&lines).err().and_then(|ending| ending.code).map_or("ok", Code::name), code);
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_history_passes_that_has_a_row_without_its_file_or_with_another_sum(
            key in "[0-9a-z_ é]{0,12}",
            sum in proptest::collection::vec(proptest::num::u8::ANY, 0..8),
            success in proptest::bool::ANY,
        ) {
            let files = [file(1, 1)];
            let row = Applied { key: key.clone(), name: key.clone(), at: None, success, checksum: sum.clone(), id: String::new() };
            for order in [numbers, names] {
                let lines = compare(&files, std::slice::from_ref(&row), order);
                let fine = key == "1" && success && sum == [1];
                proptest::prop_assert_eq!(sane(&lines).is_ok(), fine, "{:?}", lines);
            }
        }
    }
}
