//! The one place that reads the environment.

use std::io::IsTerminal as _;
use std::path::PathBuf;

/// A variable's value. One that is no text counts as unset: no switch of guard's is one.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The folder in which guard was started.
pub fn current_folder() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

#[must_use]
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}
