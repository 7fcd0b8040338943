//! What the files of a tree hold: in the work tree, in git, or not written yet.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use rayon::prelude::*;

use super::{EntryKind, Tree};
use crate::io::git::GitError;

/// Files that can be read one by one, in any thread.
#[derive(Debug)]
pub struct Contents<'a> {
    tree: &'a Tree,
    blobs: Result<BTreeMap<String, Vec<u8>>, GitError>,
}

impl Contents<'_> {
    pub fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.tree.read_one(path, &self.blobs)
    }
}

impl Tree {
    /// The content of one file. For many, `read_all` is far cheaper.
    pub fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        self.read_all(&[path]).pop().unwrap_or_else(|| Err(absent(path)))
    }

    /// The contents of many files, in the order asked for.
    #[must_use]
    pub fn read_all(&self, paths: &[&str]) -> Vec<io::Result<Vec<u8>>> {
        let contents = self.contents(paths);
        paths.par_iter().map(|path| contents.read(path)).collect()
    }

    /// Makes ready to read these files: what is git's is asked for together.
    #[must_use]
    pub fn contents(&self, paths: &[&str]) -> Contents<'_> {
        let oids: BTreeSet<&str> = paths
            .iter()
            .filter_map(|path| self.entry(path))
            .filter(|entry| entry.is_file())
            .filter_map(|entry| entry.oid.as_deref())
            .collect();
        let blobs = match &self.repository {
            Some(repository) if !oids.is_empty() => repository.blobs(oids),
            _ => Ok(BTreeMap::new()),
        };
        Contents { tree: self, blobs }
    }

    fn read_one(
        &self,
        path: &str,
        blobs: &Result<BTreeMap<String, Vec<u8>>, GitError>,
    ) -> io::Result<Vec<u8>> {
        let entry = self.entry(path).ok_or_else(|| absent(path))?;
        match &entry.kind {
            EntryKind::File => {}
            EntryKind::Unreadable { why } => return Err(io::Error::other(format!("{path}: {why}"))),
            _ => return Err(io::Error::other(format!("{path} is no file"))),
        }
        if let Some(text) = self.unwritten.get(path) {
            return Ok(text.clone());
        }
        let Some(oid) = &entry.oid else { return std::fs::read(self.root.join(path)) };
        match blobs {
            Ok(blobs) => blobs
                .get(oid)
                .cloned()
                .ok_or_else(|| io::Error::other(format!("git does not have {path} here"))),
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }
}

fn absent(path: &str) -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, format!("{path} is not in this tree"))
}
