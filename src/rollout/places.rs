//! Where a rollout keeps what it must find again: everything under `.guard`, which git is told to ignore.

use std::fs;
use std::path::{Path, PathBuf};

pub use crate::io::output::replace;
use crate::words::digest::sha256_hex;

#[derive(Clone, Debug)]
pub struct Places {
    root: PathBuf,
}

impl Places {
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.root.join(".guard")
    }

    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.folder().join("lock")
    }

    #[must_use]
    pub fn spool(&self) -> PathBuf {
        self.folder().join("spool")
    }

    fn state(&self) -> PathBuf {
        self.folder().join("state")
    }

    /// Names the environment that was deployed last.
    #[must_use]
    pub fn last(&self) -> PathBuf {
        self.state().join("last")
    }

    /// What stands: the last known-good release, and how the last rollout ended.
    #[must_use]
    pub fn standing(&self, environment: &str) -> PathBuf {
        self.state().join(format!("{}.json", plain(environment)))
    }

    #[must_use]
    pub fn journal(&self, environment: &str) -> PathBuf {
        self.state().join(format!("{}.journal", plain(environment)))
    }

    #[must_use]
    pub fn service(&self, environment: &str, name: &str) -> PathBuf {
        self.state().join(plain(environment)).join(format!("{}.json", plain(name)))
    }

    #[must_use]
    pub fn services(&self, environment: &str) -> PathBuf {
        self.state().join(plain(environment))
    }

    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder().join("logs").join(format!("{}.log", plain(name)))
    }

    /// Makes the folders, and tells git to leave them alone.
    pub fn make(&self, environment: &str) -> std::io::Result<()> {
        // What runs, and what it said, is its owner's business alone.
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        for folder in [self.services(environment), self.folder().join("logs"), self.spool()] {
            builder.create(folder)?;
        }
        let ignore = self.folder().join(".gitignore");
        if ignore.exists() { Ok(()) } else { fs::write(ignore, "*\n") }
    }
}

/// A name as a file's name. What had to be changed carries a digest, so that no two names meet.
#[must_use]
pub fn plain(name: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let changed: String = name.chars().map(|c| if fits(c) { c } else { '_' }).take(80).collect();
    if changed == name {
        return changed;
    }
    let digest: String = sha256_hex(name.as_bytes()).chars().take(8).collect();
    format!("{changed}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder_and_no_two_names_meet() {
        assert_eq!(plain("web-1"), "web-1");
        assert!(!plain("../x").contains('/') && !plain("../x").contains('.'));
        assert_ne!(plain("a/b"), plain("a_b"));
        assert_ne!(plain("a/b"), plain("a:b"));
    }
}
