//! `guard init`: from a repository as it is to contract, `guard.toml`, hook and required check, in one run.
//! It adds and never overwrites: what is there stays, and what it could not add it prints, ready to paste.

mod config;
mod forecast;
mod hook;
mod insert;
mod origin;
mod steps;
mod workflow;
mod write;

use std::fmt::Write as _;
use std::path::Path;

use crate::check::analysis::{Analysis, CONTRACT};
use crate::check::commands::{Said, project_around};
use crate::check::init;
use crate::check::run::{CheckError, Request, open};
use crate::io::environment::Environment;
use crate::io::tree::Tree;

use forecast::Forecast;
use origin::Origin;

/// One thing that a repository with guard has.
#[derive(Debug, PartialEq, Eq)]
struct Piece {
    path: String,
    /// What it is for, in a few words.
    about: &'static str,
    what: What,
}

#[derive(Debug, PartialEq, Eq)]
enum What {
    /// A file that is not there yet.
    New { text: String, executable: bool },
    /// Lines more in a file that is there; every byte of it stays.
    Lines { before: String, after: String, added: String },
    /// Nothing to do.
    There,
    /// Not yet: what it waits for.
    Later { why: &'static str },
    /// A person puts this there, and why guard does not.
    Paste { why: &'static str, text: String },
}

/// Shows what is missing, and writes it unless only the plan is asked for.
pub fn init(directory: &Path, environment: &Environment, plan: bool) -> Result<Said, CheckError> {
    let request = Request { directory, paths: &[], bases: &[], staged: false, environment };
    let tree = open(&request)?;
    if tree.entries().iter().all(|entry| !entry.is_file()) {
        return Err(CheckError::Empty(directory.display().to_string()));
    }
    let prefix = project_around(directory, &tree);
    if !prefix.is_empty() {
        return Err(CheckError::Tree(format!(
            "{prefix} has a contract of its own inside of this repository; hook and workflow belong to the whole: run `guard init` in its top folder, and `guard contract init` here"
        )));
    }
    let analysis = Analysis::of(&tree, "");
    let branch = default_branch(&tree);
    let (contract, found) = proposed(&analysis, &tree);
    let ground = Ground { tree: &tree, analysis: &analysis, origin: Origin::find(environment) };
    let mut pieces =
        vec![contract, config::piece(&ground), hook::piece(&ground), workflow::piece(&ground, &branch)];
    write::possible(tree.root(), &pieces)?;
    let forecast = Forecast::of(&tree, &request, &pieces)?;
    if !forecast.is_clean() {
        pieces = pieces.into_iter().map(|piece| hook::not_yet(&ground, piece)).collect();
    }
    let mut text = rows(&pieces, plan);
    if plan {
        text.push_str(&contents(&pieces));
    } else {
        write::all(tree.root(), &pieces)?;
    }
    text.push_str(&found);
    text.push_str(&pasted(&pieces));
    text.push_str(&forecast.text());
    text.push_str(&steps::text(&ground, &pieces, &branch, forecast.is_clean()));
    // As in a check: the process ends after this.
    std::mem::forget(analysis);
    Ok(Said { text, exit: 0 })
}

/// What every piece looks at.
struct Ground<'a> {
    tree: &'a Tree,
    analysis: &'a Analysis,
    /// Where another machine gets this guard.
    origin: Option<Origin>,
}

impl Ground<'_> {
    /// It is on the disk, whether or not git is told of it.
    fn has(&self, path: &str) -> bool {
        self.tree.root().join(path).symlink_metadata().is_ok()
    }

    /// The text of a file as it is, byte for byte; none where it is none.
    fn text(&self, path: &str) -> Option<String> {
        String::from_utf8(self.tree.read(path).ok()?).ok()
    }

    /// The paths of the repository.
    fn paths(&self) -> impl Iterator<Item = &str> {
        self.analysis.sources().files.iter().map(|file| file.path.as_str())
    }
}

impl Piece {
    fn there(path: impl Into<String>, about: &'static str) -> Self {
        Self { path: path.into(), about, what: What::There }
    }

    fn new(path: impl Into<String>, about: &'static str, text: String) -> Self {
        Self { path: path.into(), about, what: What::New { text, executable: false } }
    }
}

fn proposed(analysis: &Analysis, tree: &Tree) -> (Piece, String) {
    let about = "what may change a protected database, and nothing else may";
    if tree.root().join(CONTRACT).symlink_metadata().is_ok() {
        return (Piece::there(CONTRACT, about), String::new());
    }
    let proposal = init::proposal(analysis, &name(tree));
    (Piece::new(CONTRACT, about, proposal.contract), proposal.page)
}

/// The project's name: that of its folder.
fn name(tree: &Tree) -> String {
    let root = tree.root().canonicalize().unwrap_or_else(|_| tree.root().to_path_buf());
    root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The branch that everything is merged into.
fn default_branch(tree: &Tree) -> String {
    let Some(repository) = tree.repository() else { return "main".to_owned() };
    let symbolic = |name: &str| repository.symbolic(name).ok().flatten();
    if let Some(held) = symbolic("refs/remotes/origin/HEAD") {
        return held.trim_start_matches("refs/remotes/origin/").to_owned();
    }
    for usual in ["main", "master"] {
        if repository.commit(&format!("refs/heads/{usual}")).ok().flatten().is_some() {
            return usual.to_owned();
        }
    }
    symbolic("HEAD")
        .map_or_else(|| "main".to_owned(), |held| held.trim_start_matches("refs/heads/").to_owned())
}

fn rows(pieces: &[Piece], plan: bool) -> String {
    let mut out = String::from(if plan { "Nothing is written. `guard init` would:\n\n" } else { "" });
    let width = pieces.iter().map(|piece| piece.path.len()).max().unwrap_or_default();
    for piece in pieces {
        let done = match &piece.what {
            What::New { .. } if plan => "create",
            What::New { .. } => "created",
            What::Lines { .. } if plan => "add to",
            What::Lines { .. } => "added to",
            What::There => "is there",
            What::Later { .. } => "later",
            What::Paste { .. } => "yours",
        };
        let _ = write!(out, "  {done:<8}  {:<width$}  {}", piece.path, piece.about);
        if let What::Later { why } = &piece.what {
            let _ = write!(out, ": {why}");
        }
        out.push('\n');
    }
    out
}

/// Everything that would be written, whole.
fn contents(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        let (text, mark) = match &piece.what {
            What::New { text, .. } => (text.as_str(), "|"),
            What::Lines { added, .. } => (added.as_str(), "+"),
            What::There | What::Later { .. } | What::Paste { .. } => continue,
        };
        let _ = writeln!(out, "\n{}", piece.path);
        for line in text.lines() {
            let _ = writeln!(out, "{}", format!("  {mark} {line}").trim_end());
        }
    }
    out
}

/// What a person puts there.
fn pasted(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        if let What::Paste { why, text } = &piece.what {
            let _ = writeln!(out, "\nYours to add to {}, since {why}:\n", piece.path);
            for line in text.lines() {
                let _ = writeln!(out, "{}", format!("    {line}").trim_end());
            }
        }
    }
    out
}
