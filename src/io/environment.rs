//! The one room that reads environment variables and the current directory.
//!
//! Everybody else is handed an `Environment`, so that what a run depends on stands in its
//! arguments and a test can say what it wants.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// Exactly these variables and no others.
    pub fn of<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    /// The value, when it is set and is UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(OsStr::new(name)).and_then(|value| value.to_str())
    }

    /// The value, when it is set to more than nothing.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The value as a path, when it is set to more than nothing.
    #[must_use]
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.0.get(OsStr::new(name)).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }
}

/// The directory that the program was started in.
pub fn directory() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// The file of the program that runs now.
pub fn own_program() -> std::io::Result<PathBuf> {
    std::env::current_exe()
}

/// A variable's value. One that is no text counts as unset: no switch of guard's is one.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The folder in which guard was started.
pub fn current_folder() -> std::io::Result<PathBuf> {
    directory()
}

/// What the program was started with, its own name first.
#[must_use]
pub fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

#[must_use]
pub fn stdout_is_terminal() -> bool {
    use std::io::IsTerminal as _;
    std::io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_value_is_set_but_not_filled() {
        let environment = Environment::of([("CI", "")]);
        assert_eq!(environment.get("CI"), Some(""));
        assert_eq!(environment.filled("CI"), None);
        assert_eq!(environment.path("CI"), None);
        assert_eq!(environment.get("ci"), None);
    }
}
