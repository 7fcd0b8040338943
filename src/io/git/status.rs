//! What a work tree holds, beside its index and beside HEAD.

use rustc_hash::FxHashSet;

use super::answers::records;
use super::{GitError, Indexed, Repository, refused};

/// Every tracked file that is not as in HEAD, in the index or in the work tree.
const STATUS: [&str; 6] =
    ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=dirty", "--no-renames"];

/// What a work tree holds beside the index.
#[derive(Clone, Debug, Default)]
pub struct Status {
    /// Neither tracked nor ignored. A repository inside is one path that ends in `/`.
    pub untracked: Vec<Vec<u8>>,
    /// Tracked, and not as in HEAD, in the index or in the work tree.
    pub touched: FxHashSet<Vec<u8>>,
    /// Something differs from HEAD, or is untracked.
    pub changed: bool,
    /// Something that is tracked differs from HEAD.
    pub tracked_changed: bool,
}

impl Repository {
    /// Tracked files whose content in the work tree may differ from the index.
    pub fn touched(&self) -> Result<Vec<Vec<u8>>, GitError> {
        let bytes =
            self.ask(&["diff-files", "--name-only", "--no-ext-diff", "--ignore-submodules=all", "-z"])?;
        Ok(records(&bytes).map(<[u8]>::to_vec).collect())
    }

    /// The index differs from HEAD.
    pub fn is_staged_changed(&self) -> Result<bool, GitError> {
        let plain =
            ["diff-index", "--cached", "--quiet", "--no-ext-diff", "--ignore-submodules=dirty", "HEAD"];
        let output = self.git(&plain).run()?;
        match output.code {
            Some(0) => Ok(false),
            Some(1) => Ok(true),
            _ => Err(refused("diff-index", &output)),
        }
    }

    /// A tracked file differs from HEAD, in the index or in the work tree.
    pub fn is_tracked_changed(&self) -> Result<bool, GitError> {
        Ok(!self.ask(&STATUS)?.is_empty())
    }

    /// The index differs from HEAD, or the work tree from the index, or something is untracked.
    pub fn is_changed(&self) -> Result<bool, GitError> {
        Ok(self.work_tree()?.1.changed)
    }

    /// The index, and the work tree beside it and beside HEAD.
    pub fn work_tree(&self) -> Result<(Vec<Indexed>, Status), GitError> {
        // Each waits for another process, or for the disk.
        let (touched, listed) = rayon::join(
            || self.ask(&STATUS),
            || {
                let index = self.index()?;
                let untracked = self.untracked_beside(&index)?;
                Ok::<_, GitError>((index, untracked))
            },
        );
        let (bytes, (index, untracked)) = (touched?, listed?);
        let mut touched = FxHashSet::default();
        for record in records(&bytes) {
            let (_, path) = record
                .split_at_checked(3)
                .ok_or_else(|| GitError::Unreadable { question: "status".into() })?;
            touched.insert(path.to_vec());
        }
        let tracked_changed = !touched.is_empty() || self.is_changed_unwatched(&index)?;
        let changed = tracked_changed || !untracked.is_empty();
        Ok((index, Status { untracked, touched, changed, tracked_changed }))
    }

    /// One of the files that git was told to take for unchanged is another than the index says. In a
    /// sparse work tree most of them are not there, which is no change.
    fn is_changed_unwatched(&self, index: &[Indexed]) -> Result<bool, GitError> {
        let mut paths = Vec::new();
        let mut expected = Vec::new();
        for line in index.iter().filter(|line| line.unwatched) {
            let Ok(path) = std::str::from_utf8(&line.path) else { continue };
            let there = self.root().join(path);
            if path.contains('\n') || !there.symlink_metadata().is_ok_and(|it| it.is_file()) {
                continue;
            }
            paths.extend_from_slice(path.as_bytes());
            paths.push(b'\n');
            expected.push(line.oid.as_str());
        }
        if expected.is_empty() {
            return Ok(false);
        }
        let output = self.git(&["hash-object", "--stdin-paths"]).input(paths).run()?;
        if !output.succeeded() {
            return Err(refused("hash-object", &output));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().map(str::trim).ne(expected))
    }
}
