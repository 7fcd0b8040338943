//! Many files of one folder as one line: what a person would write who puts a folder away.

use std::collections::BTreeSet;

use crate::lang::Kind;
use crate::reach::sources::Sources;
use crate::words::span::FileId;

/// Fewer files are named one by one.
const FEWEST: usize = 3;

/// The globs of the quarantine, each with how many files that can change a database it holds. `busy` is
/// what no glob may cover: files that something starts, and those of tests and of the application.
pub(super) fn globs(
    sources: &Sources,
    quarantine: &BTreeSet<FileId>,
    busy: &dyn Fn(FileId) -> bool,
) -> Vec<(String, usize)> {
    let mut out = Vec::new();
    let mut left: BTreeSet<FileId> = quarantine.clone();
    let folders: BTreeSet<&str> = quarantine.iter().flat_map(|file| ancestors(sources.path(*file))).collect();
    // The first of a sorted list is the one that holds the others.
    for folder in folders {
        let prefix = format!("{folder}/");
        let held: Vec<FileId> =
            left.iter().copied().filter(|file| sources.path(*file).starts_with(&prefix)).collect();
        if held.len() < FEWEST {
            continue;
        }
        let mut programs = 0;
        let free = sources.ids().filter(|id| sources.path(*id).starts_with(&prefix)).all(|id| {
            let kind = sources.file(id).kind;
            programs += usize::from(kind.is_walked());
            !busy(id) && !carries(kind)
        });
        if free && held.len() * 2 >= programs {
            left.retain(|file| !held.contains(file));
            out.push((format!("{prefix}**"), held.len()));
        }
    }
    out.extend(left.into_iter().map(|file| (escaped(sources.path(file)), 1)));
    out.sort();
    out
}

/// It names entry points, so that putting it away would hide them.
fn carries(kind: Kind) -> bool {
    !kind.is_walked()
        && !matches!(
            kind,
            Kind::Sql
                | Kind::Document
                | Kind::Config
                | Kind::Other
                | Kind::Foreign(_)
                | Kind::TsConfig
                | Kind::DotEnv
        )
}

fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// A path whose characters stand for themselves in a glob.
fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}') {
            out.extend(['[', c, ']']);
        } else {
            out.push(c);
        }
    }
    out
}
