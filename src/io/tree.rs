//! The files that are judged: of the work tree, of the index, of a commit, or of a folder that
//! git does not know. Sorted by path, and never following a link.

mod contents;
mod entry;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::io::environment::Environment;
use crate::io::git::{GitError, Indexed, Repository, Status};
use entry::{as_indexed, named, on_disk, slashed, symlink};

pub use contents::Contents;
pub use entry::{Entry, EntryKind};

#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
    repository: Option<Repository>,
    entries: Vec<Entry>,
    changed: Option<bool>,
    /// A tracked file of a work tree is not as in the last commit.
    tracked_changed: bool,
    /// Texts that are not written yet, by path.
    unwritten: BTreeMap<String, Vec<u8>>,
}

#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{} cannot be listed: {why}", path.display())]
    Folder { path: PathBuf, why: String },
}

impl Tree {
    /// Tracked files and untracked ones that git does not ignore, as they are in the work tree.
    pub fn worktree(repository: &Repository) -> Result<Self, TreeError> {
        let (index, status) = repository.work_tree()?;
        let Status { untracked, touched, changed, tracked_changed } = status;
        // The stages of a merge that is not resolved are one file in the work tree.
        let mut named: BTreeMap<Vec<u8>, Option<Indexed>> =
            index.into_iter().map(|line| (line.path.clone(), Some(line))).collect();
        for path in untracked {
            named.entry(path).or_insert(None);
        }
        let root = repository.root().to_owned();
        let mut entries: Vec<Entry> = named
            .into_par_iter()
            .filter_map(|(path, line)| match line {
                Some(line) if !touched.contains(&path) && line.is_plain() => Some(as_indexed(&line)),
                line => on_disk(&root, &path, line.as_ref()),
            })
            .collect();
        let links: BTreeSet<String> = entries
            .iter()
            .filter(|entry| matches!(entry.kind, EntryKind::Symlink { .. }))
            .map(|entry| entry.path.clone())
            .collect();
        if !links.is_empty() {
            // A tracked file below a folder that is a link now is gone, as git sees it too.
            entries.retain(|entry| !ancestors(&entry.path).any(|folder| links.contains(folder)));
        }
        let mut tree = Self {
            root,
            repository: Some(repository.clone()),
            entries,
            changed: Some(changed),
            tracked_changed,
            unwritten: BTreeMap::new(),
        };
        tree.name_link_targets()?;
        tree.sort();
        Ok(tree)
    }

    /// The whole index and nothing else.
    pub fn staged(repository: &Repository) -> Result<Self, TreeError> {
        let repository = repository.for_staged();
        let (index, touched) = rayon::join(|| repository.index(), || repository.touched());
        let (index, touched) = (index?, touched?.into_iter().collect::<BTreeSet<Vec<u8>>>());
        let mut entries: Vec<Entry> = Vec::with_capacity(index.len());
        for line in index {
            let (path, mut kind) = named(&line.path, line.mode);
            if line.stage != 0 {
                kind = EntryKind::Unreadable { why: "a merge is not resolved".into() };
                if entries.last().is_some_and(|last| last.path == path) {
                    continue;
                }
            }
            // Content that git has just found equal to its own is read from the work tree, which
            // is faster than asking for it.
            let same = !line.unwatched && kind == EntryKind::File && !touched.contains(&line.path);
            entries.push(Entry {
                executable: kind == EntryKind::File && line.mode & 0o111 != 0,
                found: same.then(|| line.oid.clone()),
                oid: (!same).then_some(line.oid),
                path,
                kind,
                tracked: true,
            });
        }
        let mut tree = Self {
            root: repository.root().to_owned(),
            repository: Some(repository),
            entries,
            changed: None,
            tracked_changed: false,
            unwritten: BTreeMap::new(),
        };
        tree.name_link_targets()?;
        tree.sort();
        Ok(tree)
    }

    /// The files of a commit.
    pub fn revision(repository: &Repository, commit: &str) -> Result<Self, TreeError> {
        let entries = repository
            .list(commit)?
            .into_iter()
            .map(|line| {
                let (path, kind) = named(&line.path, line.mode);
                Entry {
                    executable: kind == EntryKind::File && line.mode & 0o111 != 0,
                    oid: Some(line.oid),
                    found: None,
                    path,
                    kind,
                    tracked: true,
                }
            })
            .collect();
        let mut tree = Self {
            root: repository.root().to_owned(),
            repository: Some(repository.clone()),
            entries,
            changed: None,
            tracked_changed: false,
            unwritten: BTreeMap::new(),
        };
        tree.name_link_targets()?;
        tree.sort();
        Ok(tree)
    }

    /// Every file of a folder outside git. Installed packages are nobody's source there.
    pub fn folder(root: &Path) -> Result<Self, TreeError> {
        let mut entries = Vec::new();
        let walk = walkdir::WalkDir::new(root).follow_links(false).into_iter().filter_entry(|entry| {
            let skipped = entry.file_name() == ".git" || entry.file_name() == "node_modules";
            entry.depth() == 0 || !(skipped && entry.file_type().is_dir())
        });
        for found in walk {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    let Some(path) = error.path().and_then(|path| path.strip_prefix(root).ok()) else {
                        return Err(TreeError::Folder { path: root.to_owned(), why: error.to_string() });
                    };
                    if path.as_os_str().is_empty() {
                        return Err(TreeError::Folder { path: root.to_owned(), why: error.to_string() });
                    }
                    entries.push(Entry {
                        path: slashed(path),
                        kind: EntryKind::Unreadable { why: error.to_string() },
                        executable: false,
                        oid: None,
                        found: None,
                        tracked: false,
                    });
                    continue;
                }
            };
            if found.file_type().is_dir() {
                continue;
            }
            let Ok(path) = found.path().strip_prefix(root) else { continue };
            let bytes = path.as_os_str().as_encoded_bytes().to_vec();
            entries.extend(on_disk(root, &bytes, None));
        }
        let mut tree = Self {
            root: root.to_owned(),
            repository: None,
            entries,
            changed: None,
            tracked_changed: false,
            unwritten: BTreeMap::new(),
        };
        tree.sort();
        Ok(tree)
    }

    /// The work tree of the repository around `directory`, or the folder itself outside git.
    pub fn around(directory: &Path, environment: &Environment) -> Result<Self, TreeError> {
        match Repository::find(directory, environment)? {
            Some(repository) => Self::worktree(&repository),
            None => Self::folder(directory),
        }
    }

    /// The same tree as it would be with these files written.
    #[must_use]
    pub fn with(&self, files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut tree = self.clone();
        for (path, text) in files {
            tree.entries.retain(|entry| entry.path != path);
            tree.entries.push(Entry {
                path: path.clone(),
                kind: EntryKind::File,
                executable: self.entry(&path).is_some_and(|entry| entry.executable),
                oid: None,
                found: None,
                tracked: false,
            });
            tree.unwritten.insert(path, text.into_bytes());
            tree.changed = tree.changed.map(|_| true);
        }
        tree.sort();
        tree
    }

    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        self.repository.as_ref()
    }

    /// Whether a work tree differs from its last commit; none for what is no work tree.
    #[must_use]
    pub fn changed(&self) -> Option<bool> {
        self.changed
    }

    /// Whether a tracked file of a work tree is not as in the last commit, in the index or on disk.
    #[must_use]
    pub fn is_tracked_changed(&self) -> bool {
        self.tracked_changed
    }

    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.path.as_str().cmp(path)).ok()?;
        self.entries.get(at)
    }

    #[must_use]
    pub fn contains(&self, path: &str) -> bool {
        self.entry(path).is_some()
    }

    /// Links of the index and of commits are objects; their targets are asked for together.
    fn name_link_targets(&mut self) -> Result<(), GitError> {
        let Some(repository) = &self.repository else { return Ok(()) };
        let is_open =
            |entry: &&mut Entry| matches!(&entry.kind, EntryKind::Symlink { .. }) && entry.oid.is_some();
        let oids: Vec<String> =
            self.entries.iter_mut().filter(is_open).filter_map(|entry| entry.oid.clone()).collect();
        let blobs = repository.blobs(oids.iter().map(String::as_str))?;
        for entry in self.entries.iter_mut().filter(is_open) {
            let target = entry.oid.as_ref().and_then(|oid| blobs.get(oid)).cloned().unwrap_or_default();
            entry.kind = symlink(&self.root, &entry.path, &String::from_utf8_lossy(&target));
        }
        Ok(())
    }

    fn sort(&mut self) {
        self.entries.sort_by(|one, other| one.path.cmp(&other.path));
        self.entries.dedup_by(|later, first| later.path == first.path);
    }
}

fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}
