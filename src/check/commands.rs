//! `guard contract freeze|diff|approve|verify`: the same analysis, asked about the lock.

use std::fmt::Write as _;
use std::path::Path;

use crate::check::analysis::{Analysis, CONTRACT};
use crate::check::changed;
use crate::check::history::{Bases, History, gates_text};
use crate::check::run::{CheckError, Request, open};
use crate::contract::order::{Change, Direction};
use crate::contract::parse;
use crate::contract::signers::Signers;
use crate::freeze::approval::{Signing, sign};
use crate::freeze::judge::{Approval, GATES};
use crate::freeze::lock::{LOCK_PATH, approval_path, next, signed_bytes};
use crate::freeze::snapshot::LockFile;
use crate::io::clock;
use crate::io::decode;
use crate::io::environment::Environment;
use crate::io::output;
use crate::io::tree::Tree;
use crate::words::span::{Lines, Span};

/// What a subcommand has to say, and how it ends.
#[derive(Debug)]
pub struct Said {
    pub text: String,
    pub exit: u8,
}

fn refused(text: impl Into<String>) -> CheckError {
    CheckError::Tree(text.into())
}

struct Opened {
    /// Folder of the project in the tree: empty, or ending with `/`.
    prefix: String,
    tree: Tree,
    analysis: Analysis,
    history: History,
}

fn look(directory: &Path, environment: &Environment, bases: &[String]) -> Result<Opened, CheckError> {
    let request = Request { directory, paths: &[], bases, staged: false, environment };
    let tree = open(&request)?;
    let prefix = project_around(directory, &tree);
    let analysis = Analysis::of(&tree, &prefix);
    let bases = Bases::of(&tree, environment, false, bases).map_err(CheckError::Tree)?;
    let history = History::of(&analysis, &tree, &bases);
    Ok(Opened { prefix, tree, analysis, history })
}

/// The innermost project that holds the folder: the repository, or one that a contract calls nested.
pub(super) fn project_around(directory: &Path, tree: &Tree) -> String {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let (directory, root) = (whole(directory), whole(tree.root()));
    let Ok(inside) = directory.strip_prefix(&root) else { return String::new() };
    let inside = format!("{}/", inside.to_string_lossy().replace('\\', "/"));
    let mut prefix = String::new();
    loop {
        let nested = tree
            .read(&format!("{prefix}{CONTRACT}"))
            .ok()
            .and_then(|bytes| decode::decode(&bytes).into_text())
            .and_then(|text| parse::parse(&text).ok())
            .map(|contract| contract.nested)
            .unwrap_or_default();
        let inner = nested
            .iter()
            .map(|path| format!("{prefix}{}/", path.value.trim_end_matches('/')))
            .find(|inner| inner.len() > prefix.len() + 1 && inside.starts_with(inner.as_str()));
        match inner {
            Some(inner) => prefix = inner,
            None => return prefix,
        }
    }
}

/// Writes the lock, and says whether somebody must sign it.
pub fn freeze(directory: &Path, environment: &Environment) -> Result<Said, CheckError> {
    let Opened { prefix, tree, analysis, history } = look(directory, environment, &[])?;
    let Some(material) = &history.material else { return Err(unreadable(&analysis)) };
    let base = base_lock(&prefix, &tree, environment);
    let lock = next(history.lock.lock(), base.as_ref(), material);
    let text = lock.render();
    let shown = format!("{prefix}{LOCK_PATH}");
    let path = tree.root().join(&shown);
    let same =
        matches!(&history.lock, LockFile::Read { bytes, .. } if signed_bytes(bytes) == text.as_bytes());
    if !same {
        output::write(&path, &text).map_err(|e| refused(format!("{shown} cannot be written: {e}")))?;
    }
    // The verdict is about the lock that is there now.
    let Opened { history, .. } = look(directory, environment, &[])?;
    let mut said = if same {
        format!("{shown} is current (serial {})\n", lock.serial)
    } else {
        format!("wrote {shown} (serial {}): commit it together with what it pins\n", lock.serial)
    };
    let mut exit = 0;
    for comparison in &history.comparisons {
        if let Approval::Refused(why) = &comparison.verdict.approval {
            exit = 2;
            let _ = writeln!(said, "\nCompared with {}, this permits more:", comparison.rev);
            for weaker in &comparison.verdict.weaker {
                let _ = writeln!(said, "  - {}: {}", weaker.path, weaker.what);
            }
            let _ = writeln!(
                said,
                "Nobody has approved that ({why}).\nNext: a signer runs `guard contract approve` and the signature is committed, too."
            );
        }
    }
    Ok(Said { text: said, exit })
}

pub(super) fn base_lock(
    prefix: &str,
    tree: &Tree,
    environment: &Environment,
) -> Option<crate::freeze::lock::Lock> {
    let repository = tree.repository()?;
    let bases =
        crate::freeze::base::bases(repository, environment, crate::freeze::base::Judged::WorkTree, &[])
            .ok()?;
    let path = format!("{prefix}{LOCK_PATH}");
    bases
        .found
        .iter()
        .filter_map(|base| {
            let tree = Tree::revision(repository, &base.oid).ok()?;
            if !tree.contains(&path) {
                return None;
            }
            LockFile::from_file(tree.read(&path).ok()).lock().cloned()
        })
        .max_by_key(|lock| lock.serial)
}

fn unreadable(analysis: &Analysis) -> CheckError {
    if analysis.contract_file.is_none() {
        return refused("there is no contract/mutation.toml here; `guard contract init` proposes one");
    }
    let mut text = "the contract cannot be read, so that nothing can be pinned:".to_owned();
    let source = analysis.contract_text.clone().unwrap_or_default();
    let lines = Lines::of(&source);
    for issue in &analysis.issues {
        let (line, column) = lines.position(&source, issue.span.start);
        let _ =
            write!(text, "\n  contract/mutation.toml:{line}:{column}: {} ({})", issue.message, issue.hint);
    }
    refused(text)
}

/// What the change permits more, what less, in words, with both lines.
pub fn diff(directory: &Path, environment: &Environment, bases: &[String]) -> Result<Said, CheckError> {
    let Opened { analysis, history, .. } = look(directory, environment, bases)?;
    let mut said = String::new();
    let now = analysis.contract_text.clone().unwrap_or_default();
    for missing in &history.missing {
        let _ = writeln!(said, "{}\n  next: {}", missing.message, missing.fetch_hint);
    }
    if !history.missing.is_empty() && history.comparisons.is_empty() {
        return Ok(Said { text: said, exit: 1 });
    }
    if history.comparisons.is_empty() || history.introduction {
        said.push_str("there is no earlier revision: this is the first contract\n");
    }
    for comparison in &history.comparisons {
        if comparison.verdict.introduction {
            let _ = writeln!(said, "{} has no contract: this is the first one", comparison.rev);
            continue;
        }
        let before = comparison.before.clone().unwrap_or_default();
        let _ = writeln!(said, "Compared with {}:", comparison.rev);
        let mut any = false;
        for (title, direction) in [
            ("permits more", Direction::Weaker),
            ("permits less", Direction::Tighter),
            ("neither", Direction::Neutral),
        ] {
            let held: Vec<_> = comparison.changes.iter().filter(|c| c.direction == direction).collect();
            let gates: Vec<_> = comparison.gates.iter().filter(|c| c.direction == direction).collect();
            let others: Vec<_> = if direction == Direction::Weaker {
                let told = |what: &str| held.iter().chain(&gates).any(|change| change.what == what);
                comparison.verdict.weaker.iter().filter(|w| !told(&w.what)).collect()
            } else {
                Vec::new()
            };
            if held.is_empty() && gates.is_empty() && others.is_empty() {
                continue;
            }
            any = true;
            let _ = writeln!(said, "  {title}");
            for change in held {
                let _ = writeln!(said, "    - {}", change.what);
                both(&mut said, &before, &now, change);
            }
            for change in gates {
                let _ = writeln!(said, "    - {GATES}: {}", change.what);
                let before = comparison.gates_before.as_deref().unwrap_or_default();
                both(&mut said, before, gates_text(&analysis).unwrap_or_default(), change);
            }
            for weaker in others {
                let _ = writeln!(said, "    - {}: {}", weaker.path, weaker.what);
            }
        }
        if !any {
            said.push_str("  nothing changed in what it permits\n");
        }
    }
    // A comparison that was asked for and could not be made is no answer.
    Ok(Said { text: said, exit: u8::from(!history.missing.is_empty()) })
}

/// The line as it was and as it is: in an entry that is only changed, the line that differs.
fn both(said: &mut String, before: &str, now: &str, change: &Change) {
    let turned = Change { before: change.after, after: change.before, ..change.clone() };
    let (was, is) = (changed::line(now, before, &turned), changed::line(before, now, change));
    line(said, if change.before.is_some() { "was" } else { "was there" }, before, was.or(change.before));
    line(said, if change.after.is_some() { "is" } else { "is there" }, now, is.or(change.after));
}

fn line(said: &mut String, word: &str, text: &str, span: Option<Span>) {
    let Some(span) = span else { return };
    let (number, _) = Lines::of(text).position(text, span.start);
    let shown = text.lines().nth(number - 1).unwrap_or_default().trim();
    let _ = writeln!(said, "        {word} line {number}: {shown}");
}

/// Signs the new lock.
pub fn approve(directory: &Path, environment: &Environment, key: Option<&Path>) -> Result<Said, CheckError> {
    let Opened { prefix, tree, history, .. } = look(directory, environment, &[])?;
    let LockFile::Read { lock, bytes } = &history.lock else {
        return Err(refused(format!("there is no {LOCK_PATH} to sign; run `guard contract freeze` first")));
    };
    let current = lock.is_written_as(bytes)
        && history.material.as_ref().is_some_and(|m| crate::freeze::lock::differences(lock, m).is_empty());
    if !current {
        return Err(refused(
            "the lock is not current; run `guard contract freeze` first, and look at what it changed",
        ));
    }
    let Some(repository) = tree.repository() else {
        return Err(refused("an approval needs a git repository: its base says who may sign"));
    };
    let Some((signers, presence)) = base_signers(&prefix, &tree, environment) else {
        return Err(refused(
            "the base revision names no signers, so that nobody can approve this yet: name them as [approval] signers in the contract, and merge that first",
        ));
    };
    let message = signed_bytes(bytes);
    let how = Signing {
        environment,
        key,
        scratch: repository.git_dir(),
        signers: &signers,
        presence,
        now: clock::now(),
    };
    let signature = sign(&message, how).map_err(|e| refused(e.to_string()))?;
    let path = format!("{prefix}{}", approval_path(bytes));
    let text = String::from_utf8_lossy(&signature).into_owned();
    output::write(&tree.root().join(&path), &text)
        .map_err(|e| refused(format!("{path} cannot be written: {e}")))?;
    Ok(Said { text: format!("signed the lock (serial {}): commit {path}\n", lock.serial), exit: 0 })
}

fn base_signers(prefix: &str, tree: &Tree, environment: &Environment) -> Option<(Signers, bool)> {
    let repository = tree.repository()?;
    let bases =
        crate::freeze::base::bases(repository, environment, crate::freeze::base::Judged::WorkTree, &[])
            .ok()?;
    bases.found.iter().find_map(|base| {
        let before = Tree::revision(repository, &base.oid).ok()?;
        let text = before.read(&format!("{prefix}{CONTRACT}")).ok()?;
        let contract = parse::parse(&decode::decode(&text).into_text()?).ok()?;
        let path = contract.approval.signers.as_ref()?;
        let signers = before.read(&format!("{prefix}{}", path.value)).ok()?;
        Some((Signers::parse(&String::from_utf8_lossy(&signers)), contract.approval.presence))
    })
}

/// Lock, approvals, signers: exit 0 or 1.
pub fn verify(directory: &Path, environment: &Environment) -> Result<Said, CheckError> {
    let Opened { analysis, history, .. } = look(directory, environment, &[])?;
    if history.material.is_none() {
        return Err(unreadable(&analysis));
    }
    let findings = history.findings(&analysis);
    if findings.is_empty() && analysis.issues.is_empty() {
        let mut text = "the lock is current".to_owned();
        for comparison in &history.comparisons {
            match &comparison.verdict.approval {
                Approval::Given(approved) => {
                    let _ = write!(text, "; approved by {} ({})", approved.principals, approved.fingerprint);
                }
                _ => {
                    let _ = write!(text, "; nothing got weaker against {}", comparison.rev);
                }
            }
        }
        text.push('\n');
        return Ok(Said { text, exit: 0 });
    }
    let mut text = String::new();
    for issue in &analysis.issues {
        let _ = writeln!(text, "contract/invalid: {} ({})", issue.message, issue.hint);
    }
    for finding in findings {
        let _ = writeln!(text, "{}: {}\n  next: {}", finding.rule, finding.message, finding.help);
    }
    Ok(Said { text, exit: 1 })
}
