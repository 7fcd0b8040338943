//! What one check has to say, and its forms: text, one line for agents, JSON, SARIF, annotations.
//!
//! A form only prints: what is a finding and what the exit code is was decided before.

pub mod agent;
pub mod excerpt;
pub mod explain;
pub mod github;
pub mod json;
pub mod map;
pub mod prove;
pub mod rollout;
pub mod sarif;
pub mod text;
pub mod visible;

use std::collections::BTreeMap;

use crate::words::finding::Finding;
use crate::words::span::{FileId, Lines, Place};

/// Everything that a form needs: it reads no file and asks nobody.
#[derive(Debug, Default)]
pub struct Report {
    /// Sorted by whoever made them.
    pub findings: Vec<Finding>,
    /// The files that findings point into: by place, by trace or by the contract's line.
    pub files: BTreeMap<FileId, FileView>,
    pub coverage: Coverage,
    /// What is no finding but must be said (the first introduction of a contract).
    pub notices: Vec<String>,
}

/// A file as people see it.
#[derive(Debug)]
pub struct FileView {
    /// Relative to the repository's root, with `/`.
    pub path: String,
    pub text: String,
    lines: Lines,
}

impl FileView {
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { path: path.into(), lines: Lines::of(&text), text }
    }
}

/// In which way every file in scope was dealt with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    pub parsed: usize,
    /// No trigger word in them, and nothing reaches them.
    pub irrelevant: usize,
    /// Neither read nor run: the contract holds them as they are.
    pub quarantined: usize,
    /// Sorted by path.
    pub unverifiable: Vec<Unverifiable>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unverifiable {
    pub path: String,
    pub reason: String,
}

impl Coverage {
    #[must_use]
    pub fn total(&self) -> usize {
        self.parsed + self.irrelevant + self.quarantined + self.unverifiable.len()
    }
}

/// A place in words: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located<'a> {
    pub path: &'a str,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Report {
    /// A file that is missing from the table still gives a place, so that no finding is ever lost.
    #[must_use]
    pub fn locate(&self, at: Place) -> Located<'_> {
        let Some(file) = self.files.get(&at.file) else {
            return Located { path: ".", line: 1, column: 1, end_line: 1, end_column: 1 };
        };
        let (line, column) = file.lines.position(&file.text, at.span.start);
        let (end_line, end_column) = file.lines.position(&file.text, at.span.end.max(at.span.start));
        Located { path: &file.path, line, column, end_line, end_column }
    }

    /// How many different files the findings are in.
    #[must_use]
    pub fn files_with_findings(&self) -> usize {
        let mut files: Vec<FileId> = self.findings.iter().map(|finding| finding.at.file).collect();
        files.sort_unstable();
        files.dedup();
        files.len()
    }

    /// The line that closes every form for people.
    #[must_use]
    pub fn closing(&self) -> String {
        let found = match self.findings.len() {
            0 => "no findings".to_owned(),
            n => format!("{} in {}", count(n, "finding"), count(self.files_with_findings(), "file")),
        };
        let quarantined = match self.coverage.quarantined {
            0 => String::new(),
            n => format!("{n} quarantined, "),
        };
        format!(
            "{found}; checked {}: {} parsed, {} without anything that touches a database, {quarantined}{} unverifiable",
            count(self.coverage.total(), "file"),
            self.coverage.parsed,
            self.coverage.irrelevant,
            self.coverage.unverifiable.len(),
        )
    }
}

/// `1 finding`, `3 findings`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
