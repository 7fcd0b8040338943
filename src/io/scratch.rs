//! A temporary copy of a tree, gone when it is dropped: whatever is started in it changes nothing else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::io::child::Child;
use crate::io::environment::Environment;
use crate::io::tree::{EntryKind, Tree};

/// Folders that package managers fill and git does not hold; linked, since programs need them.
const INSTALLED: [&str; 4] = ["node_modules", ".venv", "venv", "vendor"];

pub struct Scratch {
    folder: PathBuf,
}

impl Scratch {
    /// Copies every file of the tree.
    pub fn copy(tree: &Tree, environment: &Environment) -> io::Result<Self> {
        let parent = environment.path("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp"));
        let scratch = Self::fresh(&parent)?;
        let root = scratch.root();
        fs::create_dir(scratch.home())?;
        if !scratch.repository(tree, environment) {
            drop(fs::remove_dir_all(&root));
            fs::create_dir(&root)?;
        }
        for entry in tree.entries() {
            let to = root.join(&entry.path);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            match &entry.kind {
                EntryKind::File => {
                    let Ok(bytes) = tree.read(&entry.path) else { continue };
                    fs::write(&to, bytes)?;
                    #[cfg(unix)]
                    if entry.executable {
                        use std::os::unix::fs::PermissionsExt as _;
                        fs::set_permissions(&to, fs::Permissions::from_mode(0o755))?;
                    }
                }
                #[cfg(unix)]
                EntryKind::Symlink { target, outside: false } if !target.starts_with('/') => {
                    std::os::unix::fs::symlink(target, &to)?;
                }
                _ => {}
            }
        }
        #[cfg(unix)]
        for name in INSTALLED {
            let held = tree.root().join(name);
            if held.is_dir() && !root.join(name).exists() {
                std::os::unix::fs::symlink(held, root.join(name))?;
            }
        }
        Ok(scratch)
    }

    /// Makes the copy a repository with the same history, which guard itself compares with. Its objects are
    /// borrowed, so that it costs next to nothing and writes nothing to the one that is copied.
    fn repository(&self, tree: &Tree, environment: &Environment) -> bool {
        if tree.repository().is_none() {
            return false;
        }
        let (from, to) = (tree.root().to_string_lossy().into_owned(), self.root());
        let into = to.to_string_lossy().into_owned();
        let git = |words: &[&str]| {
            let child = Child::new("git", environment.clone()).arguments(words);
            child.run().is_ok_and(|output| output.succeeded())
        };
        git(&["clone", "--quiet", "--shared", "--no-checkout", &from, &into])
            && git(&["-C", &into, "read-tree", "HEAD"])
    }

    fn fresh(parent: &Path) -> io::Result<Self> {
        for number in 0..1_000_u32 {
            let folder = parent.join(format!("guard-prove-{}-{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self { folder: folder.canonicalize()? }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "no name for a temporary folder is free"))
    }

    /// The copy of the tree.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// A home that holds nobody's settings.
    #[must_use]
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// A file beside the copy.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Takes a file beside the copy away, if there is one.
    pub fn forget(&self, name: &str) {
        drop(fs::remove_file(self.beside(name)));
    }

    /// The text of a file beside the copy; empty where there is none.
    #[must_use]
    pub fn said(&self, name: &str) -> String {
        fs::read(self.beside(name))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left lies in the folder for temporary files.
        drop(fs::remove_dir_all(&self.folder));
    }
}
