//! One path of a tree: what it is, by git's word or by the work tree.

use std::path::{Component, Path};

use crate::io::git::{GITLINK, Indexed, SYMLINK};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryKind {
    File,
    /// `outside`: the target leaves the repository.
    Symlink {
        target: String,
        outside: bool,
    },
    Submodule,
    /// An untracked repository inside this one; its files are not listed.
    Repository,
    /// It is there and cannot be read: its name is not UTF-8, a merge is not resolved, …
    Unreadable {
        why: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the root, with `/`.
    pub path: String,
    pub kind: EntryKind,
    pub executable: bool,
    /// What git calls the content, when it is git's content that is read.
    pub oid: Option<String>,
    /// What git calls the content that it has just found in the work tree to be its own.
    pub found: Option<String>,
    pub tracked: bool,
}

impl Entry {
    /// Both are files of which git says that they hold the same; they may all the same where this does not.
    #[must_use]
    pub fn is_same_content(&self, other: &Self) -> bool {
        let name = |entry: &Self| entry.oid.clone().or_else(|| entry.found.clone());
        self.is_file() && other.is_file() && name(self).is_some_and(|own| name(other) == Some(own))
    }

    #[must_use]
    pub fn is_file(&self) -> bool {
        self.kind == EntryKind::File
    }
}

pub(super) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") }
}

/// The path as text, and what the mode says it is.
pub(super) fn named(path: &[u8], mode: u32) -> (String, EntryKind) {
    let kind = match mode & 0o170_000 {
        SYMLINK => EntryKind::Symlink { target: String::new(), outside: false },
        GITLINK => EntryKind::Submodule,
        _ => EntryKind::File,
    };
    match std::str::from_utf8(path) {
        Ok(path) => (path.to_owned(), kind),
        Err(_) => (String::from_utf8_lossy(path).into_owned(), not_utf8()),
    }
}

fn not_utf8() -> EntryKind {
    EntryKind::Unreadable { why: "its name is not UTF-8".into() }
}

/// A file that git has just found as its index says.
pub(super) fn as_indexed(line: &Indexed) -> Entry {
    let (path, kind) = named(&line.path, line.mode);
    Entry {
        path,
        kind,
        executable: line.mode & 0o111 != 0,
        oid: None,
        found: Some(line.oid.clone()),
        tracked: true,
    }
}

/// What stands at a path of the work tree; none for a tracked file that was deleted.
pub(super) fn on_disk(root: &Path, bytes: &[u8], line: Option<&Indexed>) -> Option<Entry> {
    let tracked = line.is_some();
    let Ok(path) = std::str::from_utf8(bytes) else {
        let path = String::from_utf8_lossy(bytes).into_owned();
        return Some(Entry { path, kind: not_utf8(), executable: false, oid: None, found: None, tracked });
    };
    let entry = |kind, executable, oid| Entry {
        path: path.trim_end_matches('/').to_owned(),
        kind,
        executable,
        oid,
        found: None,
        tracked,
    };
    if path.ends_with('/') {
        return Some(entry(EntryKind::Repository, false, None));
    }
    if line.is_some_and(|line| line.mode & 0o170_000 == GITLINK) {
        return Some(entry(EntryKind::Submodule, false, None));
    }
    let full = root.join(path);
    match std::fs::symlink_metadata(&full) {
        Ok(meta) if meta.is_file() => Some(entry(EntryKind::File, is_executable(&meta, line), None)),
        Ok(meta) if meta.is_symlink() => {
            let target = std::fs::read_link(&full).unwrap_or_default();
            Some(entry(symlink(root, path, &slashed(&target)), false, None))
        }
        // A folder took the place of a tracked file: the file is gone, what is in the folder is
        // listed on its own.
        Ok(meta) if meta.is_dir() => None,
        Ok(_) => Some(entry(EntryKind::Unreadable { why: "it is no regular file".into() }, false, None)),
        Err(_) => {
            // A sparse checkout leaves files out of the work tree that are tracked all the same.
            let line = line.filter(|line| line.unwatched)?;
            let (_, kind) = named(bytes, line.mode);
            Some(entry(kind, line.mode & 0o111 != 0, Some(line.oid.clone())))
        }
    }
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata, _line: Option<&Indexed>) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_meta: &std::fs::Metadata, line: Option<&Indexed>) -> bool {
    line.is_some_and(|line| line.mode & 0o111 != 0)
}

/// A link with the question answered whether its target, read as text, leaves the repository.
pub(super) fn symlink(root: &Path, path: &str, target: &str) -> EntryKind {
    let outside = leaves(root, path, Path::new(target));
    EntryKind::Symlink { target: target.to_owned(), outside }
}

fn leaves(root: &Path, path: &str, target: &Path) -> bool {
    if target.is_absolute() {
        return !target.starts_with(root) || target.components().any(|part| part == Component::ParentDir);
    }
    let mut depth = path.matches('/').count();
    for part in target.components() {
        match part {
            Component::ParentDir => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
            Component::Normal(_) => depth += 1,
            _ => {}
        }
    }
    false
}
