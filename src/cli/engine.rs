//! What the subcommands ask of the rooms below. The command line knows nothing else of them.

use std::path::PathBuf;

use crate::report::Report;

/// What to check, as the command line says it and nothing resolved.
#[derive(Clone, Debug)]
pub struct CheckRequest {
    /// The folder in which guard was started; the repository is the one around it.
    pub root: PathBuf,
    /// What is reported; relative to `root`. Empty: everything.
    pub paths: Vec<PathBuf>,
    /// Comparisons besides the base that always holds.
    pub bases: Vec<String>,
    /// The index instead of the work tree.
    pub staged: bool,
}

#[derive(Debug)]
pub struct CheckOutcome {
    pub report: Report,
    /// 0 clean, 1 findings.
    pub exit: u8,
}

impl CheckOutcome {
    #[must_use]
    pub fn of(report: Report) -> Self {
        Self { exit: u8::from(!report.findings.is_empty()), report }
    }
}

/// What a subcommand of `guard contract` has to say, and how it ends.
#[derive(Debug)]
pub struct Answer {
    pub text: String,
    pub exit: u8,
}

/// Why guard could not do what it was asked: what happened, and what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub message: String,
    pub next: String,
    /// The request itself was wrong (a path outside the repository): exit 64.
    pub usage: bool,
}

impl Refusal {
    #[must_use]
    pub fn new(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { message: message.into(), next: next.into(), usage: false }
    }

    #[must_use]
    pub fn usage(message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { usage: true, ..Self::new(message, next) }
    }
}

fn not_wired() -> Refusal {
    Refusal::new("this part is not wired yet", "wait for the version that has it")
}

pub fn check(_request: &CheckRequest) -> Result<CheckOutcome, Refusal> {
    Err(not_wired())
}

pub fn contract_init(_root: &std::path::Path) -> Result<Answer, Refusal> {
    Err(not_wired())
}

pub fn contract_freeze(_root: &std::path::Path) -> Result<Answer, Refusal> {
    Err(not_wired())
}

pub fn contract_diff(_root: &std::path::Path, _bases: &[String]) -> Result<Answer, Refusal> {
    Err(not_wired())
}

/// Signs with the key in the file, or with what the agent offers.
pub fn contract_approve(_root: &std::path::Path, _key: Option<&std::path::Path>) -> Result<Answer, Refusal> {
    Err(not_wired())
}

pub fn contract_verify(_root: &std::path::Path) -> Result<Answer, Refusal> {
    Err(not_wired())
}
