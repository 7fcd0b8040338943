//! The hook before a commit, in whatever way the repository keeps its hooks.

use super::{Ground, Piece, What, insert};
use crate::lang::yaml::{self, Node};
use crate::lang::{self, Input, Kind};
use crate::words::span::OffsetMap;

const ABOUT: &str = "the check before a commit";
const COMMAND: &str = "guard check --staged";
const LEFTHOOK: [&str; 4] = ["lefthook.yml", "lefthook.yaml", ".lefthook.yml", ".lefthook.yaml"];
const PRE_COMMIT: [&str; 2] = [".pre-commit-config.yaml", ".pre-commit-config.yml"];
/// Hooks that are kept in `package.json`; git is told of them by an install script.
const IN_PACKAGE: [&str; 3] = ["simple-git-hooks", "pre-commit", "ghooks"];
pub(super) const PLAIN: &str = ".githooks/pre-commit";

const ITEM: &str = "- repo: local
  hooks:
    - id: guard-check
      name: guard check
      entry: guard check --staged
      language: system
      pass_filenames: false
      always_run: true
";
const JOB: &str = "- name: guard-check\n  run: guard check --staged\n";
const KEYED: &str = "guard-check:\n  run: guard check --staged\n";

pub(super) fn piece(ground: &Ground<'_>) -> Piece {
    if let Some(path) = LEFTHOOK.iter().find(|path| ground.has(path)) {
        return in_yaml(ground, path, Kind::Lefthook, &lefthook);
    }
    // Where husky and pre-commit are both there, git runs one of them: husky sets the folder of the hooks.
    if let Some(path) = husky(ground) {
        return in_shell(ground, &path, true);
    }
    if let Some(path) = PRE_COMMIT.iter().find(|path| ground.has(path)) {
        return in_yaml(ground, path, Kind::PreCommit, &pre_commit);
    }
    let package = ground.text("package.json").and_then(|text| serde_json::from_str(&text).ok());
    let package: serde_json::Value = package.unwrap_or_default();
    if let Some(key) =
        IN_PACKAGE.iter().find(|key| package.get(**key).is_some_and(|v| v.is_object() || v.is_array()))
    {
        if package[*key].to_string().contains(COMMAND) {
            return Piece::there("package.json", ABOUT);
        }
        let why = "its hooks are kept there, and one command of theirs is one text";
        return paste("package.json", why, format!("\"{key}\": {{ \"pre-commit\": \"{COMMAND} && …\" }}\n"));
    }
    if ground.has(".overcommit.yml") {
        if ground.text(".overcommit.yml").is_some_and(|text| says(&text)) {
            return Piece::there(".overcommit.yml", ABOUT);
        }
        let text = "PreCommit:\n  GuardCheck:\n    enabled: true\n    command: ['sh', '-c', 'guard check --staged']\n";
        return paste(".overcommit.yml", "overcommit signs its configuration", text.to_owned());
    }
    let kept = ground.paths().filter(|path| path.rsplit('/').next() == Some("pre-commit"));
    let mut kept: Vec<&str> = kept
        .filter(|path| {
            path.rsplit_once('/').is_some_and(|(folder, _)| folder.to_ascii_lowercase().contains("hook"))
        })
        .collect();
    kept.sort_by_key(|path| (path.len(), *path));
    in_shell(ground, kept.first().copied().unwrap_or(PLAIN), false)
}

/// A hook that would be at work at once waits until nothing is left that it would stop every commit for. One that
/// git is not told of yet is written, and waits for that.
pub(super) fn not_yet(ground: &Ground<'_>, piece: Piece) -> Piece {
    if piece.about != ABOUT || piece.what == What::There || rests(ground, &piece) {
        return piece;
    }
    Piece { what: What::Later { why: "`guard init` adds it once nothing is left" }, ..piece }
}

/// Git does not look there yet.
pub(super) fn rests(ground: &Ground<'_>, piece: &Piece) -> bool {
    let folder = ground.tree.repository().and_then(|repository| repository.hooks_folder().ok().flatten());
    piece.path == PLAIN && matches!(piece.what, What::New { .. }) && folder.is_none()
}

/// The hook of husky, whether its folder is there or only said to come.
fn husky(ground: &Ground<'_>) -> Option<String> {
    let folder =
        |path: &str| path.split_once(".husky/").map(|(front, _)| format!("{front}.husky/pre-commit"));
    let mut kept: Vec<String> = ground.paths().filter_map(folder).collect();
    kept.sort_by_key(|path| (path.len(), path.clone()));
    if let Some(path) = kept.first() {
        return Some(path.clone());
    }
    let package: serde_json::Value = serde_json::from_str(&ground.text("package.json")?).ok()?;
    // Before its fourth version husky kept the hooks in package.json.
    let used = ["devDependencies", "dependencies"].iter().any(|key| package[*key].get("husky").is_some());
    (used && package.get("husky").is_none()).then(|| ".husky/pre-commit".to_owned())
}

fn paste(path: &str, why: &'static str, text: String) -> Piece {
    Piece { path: path.to_owned(), about: ABOUT, what: What::Paste { why, text } }
}

/// The check stands in a line that is no comment.
fn says(text: &str) -> bool {
    text.lines().any(|line| !line.trim_start().starts_with(['#', '/']) && line.contains("guard check"))
}

fn in_shell(ground: &Ground<'_>, path: &str, errexit: bool) -> Piece {
    // husky runs its files with `sh -e`; anywhere else a line that fails does not end the hook.
    let line = if errexit { format!("{COMMAND}\n") } else { format!("{COMMAND} || exit 1\n") };
    if !ground.has(path) {
        let text = if errexit { line } else { format!("#!/bin/sh\n{line}") };
        return Piece { path: path.to_owned(), about: ABOUT, what: What::New { text, executable: true } };
    }
    let Some(before) = ground.text(path) else {
        return paste(path, "it could not be read as text", line);
    };
    if says(&before) {
        return Piece::there(path, ABOUT);
    }
    let first = before.lines().next().unwrap_or_default();
    let is_shell = !first.starts_with("#!")
        || first.split(['/', ' ']).any(|word| ["sh", "bash", "dash", "zsh", "ksh"].contains(&word.trim()));
    if !is_shell {
        return paste(path, "it is no shell script", format!("{COMMAND}\n"));
    }
    // In front of everything else: an `exit` further down cannot leave it out, and the hook's own last line
    // stays the one that decides.
    let at = behind_head(&before);
    let (after, added) = insert::at(&before, at, &line);
    Piece { path: path.to_owned(), about: ABOUT, what: What::Lines { before, after, added } }
}

/// Behind the lines with which a hook begins: what it is run by, and what it sets for all of it.
fn behind_head(text: &str) -> usize {
    let (mut offset, mut head) = (0, 0);
    for row in text.split_inclusive('\n') {
        offset += row.len();
        let told = row.trim();
        if told.starts_with("#!") || told.contains("husky.sh") || told.starts_with("set -") {
            head = offset;
        } else if !told.is_empty() && !told.starts_with('#') {
            break;
        }
    }
    let blank = text.get(head..).and_then(|rest| rest.split_inclusive('\n').next());
    head + blank.filter(|row| head > 0 && row.trim().is_empty()).map_or(0, str::len)
}

/// Where lines go, and which; or what a person adds.
type Place = Option<(usize, String)>;

fn in_yaml(ground: &Ground<'_>, path: &str, kind: Kind, place: &dyn Fn(&str, &Node) -> Place) -> Piece {
    let by_hand = match kind {
        Kind::PreCommit => format!("repos:\n{}", insert::indented(ITEM, 2)),
        _ => format!("pre-commit:\n  commands:\n{}", insert::indented(KEYED, 4)),
    };
    let Some(before) = ground.text(path) else {
        return paste(path, "it could not be read as text", by_hand);
    };
    if says(&before) {
        return Piece::there(path, ABOUT);
    }
    let map = OffsetMap::identity();
    let parsed = yaml::parse(Input { path, text: &before, map: &map });
    let added = match parsed.root() {
        Some(root) if parsed.problems.is_empty() && root.is_mapping() => place(&before, root),
        _ => None,
    };
    let Some((offset, lines)) = added else {
        return paste(path, "it is written in a way that guard does not add to", by_hand);
    };
    let (after, added) = insert::at(&before, offset, &lines);
    if !holds(path, kind, &before, &after) {
        return paste(path, "it is written in a way that guard does not add to", by_hand);
    }
    Piece { path: path.to_owned(), about: ABOUT, what: What::Lines { before, after, added } }
}

/// Read again, the file starts what it started, and the check besides.
fn holds(path: &str, kind: Kind, before: &str, after: &str) -> bool {
    let map = OffsetMap::identity();
    let titles = |text: &str| {
        let lowered = lang::lower(kind, Input { path, text, map: &map });
        let sound = lowered.problems.is_empty();
        let mut titles: Vec<String> = lowered.entries.into_iter().map(|entry| entry.title).collect();
        titles.sort();
        sound.then_some(titles)
    };
    let (Some(old), Some(mut new)) = (titles(before), titles(after)) else { return false };
    let Some(ours) = new.iter().position(|title| title.ends_with("guard-check")) else { return false };
    new.remove(ours);
    old == new
}

fn pre_commit(text: &str, root: &Node) -> Place {
    after_items(text, root.get("repos")?, ITEM)
}

fn lefthook(text: &str, root: &Node) -> Place {
    let Some(hook) = root.pair("pre-commit") else {
        let gap = if text.trim().is_empty() || text.ends_with("\n\n") { "" } else { "\n" };
        return Some((text.len(), format!("{gap}pre-commit:\n  commands:\n{}", insert::indented(KEYED, 4))));
    };
    if let Some(jobs) = hook.value.get("jobs") {
        return after_items(text, jobs, JOB);
    }
    let commands = hook.value.get("commands")?;
    let last = commands.pairs().last()?;
    let indent = insert::before(text, last.key.span.range().start);
    let plain = indent.chars().all(|c| c == ' ');
    plain.then(|| {
        (insert::line_after(text, last.value.span.range().end), insert::indented(KEYED, indent.len()))
    })
}

/// Behind the last item of a list that is written with `-`.
fn after_items(text: &str, list: &Node, more: &str) -> Place {
    let end = list.items().last()?;
    let front = insert::before(text, end.span.range().start);
    let (spaces, _) = front.split_once('-')?;
    if !spaces.chars().all(|c| c == ' ') {
        return None;
    }
    Some((insert::line_after(text, end.span.range().end), insert::indented(more, spaces.len())))
}
