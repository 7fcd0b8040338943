//! What runs on a protected database is in git.

use std::path::Path;

use super::book::Book;
use super::files::Migration;
use crate::gate::enter::Entered;
use crate::io::tree::Entry;
use crate::words::ending::{Code, Ending};

/// No file of the folder is unknown to git, asked now.
pub(super) fn tracked(entered: &Entered, path: &str) -> Result<(), Ending> {
    let Some(repository) = &entered.project.repository else { return Ok(()) };
    let folder = entered.project.root.join(path);
    let untracked = repository
        .untracked()
        .map_err(|error| Ending::refused(Code::ContractDirty, format!("git cannot be asked: {error}")))?;
    let found: Vec<String> = untracked
        .iter()
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .filter(|path| repository.root().join(path).starts_with(&folder))
        .collect();
    not_in_git(&found)
}

/// The same, and every file that was read, by the files that were checked; ignored ones are not in git either.
pub(super) fn in_git(entered: &Entered, path: &str, book: &Book, files: &[Migration]) -> Result<(), Ending> {
    let (Some(repository), Some(tree)) = (&entered.project.repository, &entered.tree) else {
        return tracked(entered, path);
    };
    let folder = entered.project.root.join(path);
    let top = repository.root().canonicalize().unwrap_or_else(|_| repository.root().to_owned());
    let known = |file: &Path| {
        let inside = file.strip_prefix(repository.root()).or_else(|_| file.strip_prefix(&top)).ok()?;
        tree.entry(inside.to_str()?).filter(|entry| entry.tracked && entry.is_file())
    };
    let inside = |entry: &&Entry| !entry.tracked && repository.root().join(&entry.path).starts_with(&folder);
    let mut found: Vec<String> =
        tree.entries().iter().filter(inside).map(|entry| entry.path.clone()).collect();
    for file in files {
        let shown = book.file_of(file);
        let place = folder.join(&shown);
        // What is a link is where it leads.
        let led = || place.canonicalize().ok().is_some_and(|place| known(&place).is_some());
        if known(&place).is_none() && !led() {
            found.push(format!("{path}/{shown}"));
        }
    }
    found.sort();
    found.dedup();
    not_in_git(&found)
}

fn not_in_git(found: &[String]) -> Result<(), Ending> {
    if found.is_empty() {
        return Ok(());
    }
    Err(Ending::refused(Code::ContractDirty, format!("migrations are not in git: {}", found.join(", ")))
        .next("commit them first"))
}
