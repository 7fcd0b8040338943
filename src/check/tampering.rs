//! What the steps in front of the check do to what it looks at, and to the program that it is.

use std::collections::BTreeSet;

use crate::knowledge::command::Gate;
use crate::lang::Kind;
use crate::reach::event::{Event, EventKind};
use crate::rules::facts::Facts;
use crate::rules::workflow::checkout::steers;
use crate::words::flow::{Block, Expr, ExprKind, NodeKind};
use crate::words::pipeline::Step;
use crate::words::span::{FileId, Place, Span};
use crate::words::text::Text;

/// What a step was found to do to the check behind it.
#[derive(Debug, Default)]
pub(super) struct Tampering {
    /// The check looks at something else than the change.
    pub(super) doubts: Vec<(Place, String)>,
    /// `guard` is something else than guard.
    pub(super) impostors: Vec<Place>,
}

/// Programs that change the files named by their words: the first ones all of them, the others the last.
const ALL: [&str; 7] = ["rm", "unlink", "shred", "truncate", "tee", "mv", "sed"];
const LAST: [&str; 3] = ["cp", "ln", "install"];

/// Looks at a step by the events of its walk, in order, up to the check itself.
pub(super) fn of(
    facts: &Facts<'_>,
    file: FileId,
    events: &[&Event],
    body: Option<&Block>,
    step: &Step,
    place: &dyn Fn(Span) -> Place,
) -> Tampering {
    let mut out = Tampering::default();
    for event in events {
        let EventKind::Ran { words, meaning, env } = &event.kind else { continue };
        if let Some(Gate::Check { .. }) = meaning.gate {
            for (name, _, at) in env.iter().filter(|(name, _, _)| steers(name)) {
                out.doubts.push((*at, format!("`{name}` decides what it looks at, or what runs before it")));
            }
            let fake =
                env.iter().filter(|(name, text, _)| name == "PATH" && leads_to_fake(facts, text.prefix()));
            out.impostors.extend(fake.map(|(_, _, at)| *at));
            if event.at.file == file
                && let Some(span) = body.and_then(|body| leaves_before(body, event.at.span.start, 0))
            {
                out.doubts.push((Place { file, span }, "the step may end well before it".to_owned()));
            }
            break;
        }
        let written = facts.sources.file(event.at.file).text.as_deref();
        let written = written.and_then(|text| text.get(event.at.span.range())).unwrap_or("");
        if let Some(why) = git(words, written).or_else(|| changed(facts, words)) {
            out.doubts.push((event.at, why));
        }
        if puts_guard(facts, words) {
            out.impostors.push(event.at);
        }
    }
    for setting in step.run.iter().flat_map(|run| &run.env).filter(|setting| setting.name == "PATH") {
        let at = place(setting.span);
        let text = facts.sources.file(at.file).text.as_deref();
        if text.and_then(|text| text.get(at.span.range())).is_some_and(|text| leads_to_fake(facts, text)) {
            out.impostors.push(at);
        }
    }
    lines(facts, step, place, &mut out);
    out
}

/// A command of git that puts other files, or fewer, where the change was.
fn git(words: &[Text], written: &str) -> Option<String> {
    if words.first()?.as_known()?.rsplit('/').next() != Some("git") {
        return None;
    }
    let mut rest = words.get(1..)?.iter().peekable();
    while let Some(option) = rest.next_if(|word| word.prefix().starts_with('-')) {
        if matches!(option.as_known(), Some("-C" | "--git-dir" | "--work-tree")) {
            return None;
        }
        if option.as_known() == Some("-c") {
            rest.next();
        }
    }
    let command = rest.next()?.as_known()?;
    let rest: Vec<&Text> = rest.collect();
    let before: Vec<&Text> = rest.iter().copied().take_while(|word| word.as_known() != Some("--")).collect();
    let plain: Vec<&Text> = before.iter().copied().filter(|word| !word.prefix().starts_with('-')).collect();
    let has = |names: &[&str]| before.iter().any(|word| word.as_known().is_some_and(|w| names.contains(&w)));
    let other = |word: Option<&&Text>| word.is_some_and(|word| is_other_revision(word, written));
    let found = match command {
        "checkout" | "switch" if has(&["-b", "-B", "-c", "-C", "--orphan"]) => other(plain.get(1)),
        "checkout" => other(plain.first()),
        "switch" => other(plain.first()) || plain.first().is_some_and(|word| is_branch(word)),
        "reset" if has(&["--hard", "--keep", "--merge"]) => other(plain.first()),
        "restore" => rest.iter().enumerate().any(|(at, word)| match word.as_known() {
            Some("-s" | "--source") => other(rest.get(at + 1)),
            _ => word.prefix().strip_prefix("--source=").is_some_and(|_| other(Some(&&word.skip(9)))),
        }),
        "read-tree" => other(plain.first()),
        "rm" => !has(&["-n", "--dry-run"]),
        "stash" => !matches!(
            plain.first().and_then(|word| word.as_known()),
            Some("pop" | "apply" | "list" | "show" | "drop" | "clear" | "branch")
        ),
        "sparse-checkout" => plain.first().and_then(|word| word.as_known()) == Some("set"),
        _ => false,
    };
    found.then(|| format!("`git {command}` puts other files in the place of the change before it looks"))
}

fn is_branch(word: &Text) -> bool {
    word.as_known().is_some_and(|name| name != "-" && !name.is_empty())
}

/// A name of a revision that is not the one that was checked out.
fn is_other_revision(word: &Text, written: &str) -> bool {
    let Some(name) = word.as_known() else {
        // A variable stands there; the text says which.
        const BASES: [&str; 7] = [
            "base_ref",
            "BASE_REF",
            "pull_request.base.",
            "default_branch",
            "DEFAULT_BRANCH",
            "TARGET_BRANCH",
            "event.before",
        ];
        return BASES.iter().any(|base| written.contains(base));
    };
    let behind = name.strip_prefix("HEAD").is_some_and(|rest| rest.starts_with(['~', '^', '@']));
    let hex = name.len() >= 7 && name.len() <= 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    behind
        || hex
        || ["origin/", "upstream/", "refs/heads/", "refs/tags/", "refs/remotes/", "tags/"]
            .iter()
            .any(|start| name.starts_with(start))
        || matches!(name, "main" | "master" | "develop" | "trunk" | "FETCH_HEAD" | "ORIG_HEAD")
}

/// A command that writes over, or removes, files by which the check judges.
fn changed(facts: &Facts<'_>, words: &[Text]) -> Option<String> {
    let name = words.first()?.as_known()?.rsplit('/').next()?;
    let rest = words.get(1..)?;
    let in_place =
        || rest.iter().any(|word| word.prefix().starts_with("-i") || word.prefix() == "--in-place");
    let plain: Vec<&Text> = rest.iter().filter(|word| !word.prefix().starts_with('-')).collect();
    let touched: &[&Text] = match name {
        "sed" | "perl" if !in_place() => return None,
        "perl" => &plain,
        _ if ALL.contains(&name) => &plain,
        _ if LAST.contains(&name) => plain.get(plain.len().saturating_sub(1)..)?,
        _ => return None,
    };
    let path = touched.iter().filter_map(|word| word.as_known()).find(|path| is_judged(facts, path))?;
    Some(format!("`{name}` changes `{path}` before it looks"))
}

/// A file, or a folder with files, by which the check judges: programs, SQL, pipelines, the contract.
fn is_judged(facts: &Facts<'_>, path: &str) -> bool {
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path.is_empty() || path.starts_with(['/', '~', '$', '-']) {
        return false;
    }
    let folder = format!("{path}/");
    facts.sources.files.iter().any(|file| {
        let below = file.path == path || file.path.starts_with(&folder);
        let told =
            matches!(file.kind, Kind::Document | Kind::Config | Kind::Other | Kind::TsConfig | Kind::DotEnv);
        below && (!told || file.path.starts_with("contract/"))
    })
}

/// A program of the repository, or one that does nothing, is put where `guard` is looked for.
fn puts_guard(facts: &Facts<'_>, words: &[Text]) -> bool {
    let name = words.first().and_then(Text::as_known).and_then(|name| name.rsplit('/').next());
    if !name.is_some_and(|name| matches!(name, "cp" | "mv" | "ln" | "install")) {
        return false;
    }
    let plain: Vec<&str> = words
        .get(1..)
        .unwrap_or_default()
        .iter()
        .map(Text::prefix)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let Some((target, sources)) = plain.split_last() else { return false };
    let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let idle = |path: &str| {
        path.starts_with('/') && matches!(base(path).as_str(), "true" | "echo" | "false" | "cat")
    };
    sources.iter().any(|source| {
        let called =
            if target.ends_with('/') || target.ends_with("/bin") { base(source) } else { base(target) };
        let own = facts.sources.find(source.trim_start_matches("./")).is_some();
        called == "guard" && (own || idle(source))
    })
}

/// Folders of the repository that hold a file called `guard`.
fn fakes(facts: &Facts<'_>) -> BTreeSet<String> {
    let held = |path: &str| {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        matches!(name, "guard" | "guard.exe" | "guard.cmd").then(|| folder.to_owned())
    };
    facts.sources.files.iter().filter_map(|file| held(&file.path)).collect()
}

/// A text for `PATH` that names such a folder.
fn leads_to_fake(facts: &Facts<'_>, text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    fakes(facts).iter().any(|folder| {
        let here = ["$PWD", "${PWD}", "$GITHUB_WORKSPACE", "${{ github.workspace }}", "$(pwd)", "."];
        if folder == "." {
            return text.split([':', '"', '\'', ' ', '>', '=']).any(|word| here.contains(&word));
        }
        text.match_indices(folder.as_str()).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + folder.len()..]);
            let starts = before.ends_with('/') || !before.ends_with(part);
            starts && !after.trim_start_matches('/').starts_with(part)
        })
    })
}

/// What only the text shows: redirects, and what is handed to later steps.
fn lines(facts: &Facts<'_>, step: &Step, place: &dyn Fn(Span) -> Place, out: &mut Tampering) {
    let mut at = 0;
    for line in step.text.split_inclusive('\n') {
        let range = at..at + line.trim_end().len();
        at += line.len();
        if line.trim_start().starts_with('#') {
            continue;
        }
        let here = || {
            let span = step.text_map.as_ref().map_or(step.text_span, |map| map.span(range.clone()));
            place(span)
        };
        if (line.contains("GITHUB_PATH") || line.contains("PATH=")) && leads_to_fake(facts, line) {
            out.impostors.push(here());
        }
        if line.contains("GITHUB_ENV")
            && let Some(name) = handed_on(line)
        {
            out.doubts.push((here(), format!("`{name}` decides what it looks at, or what runs before it")));
        }
        let said = line.trim_start();
        let says = ["echo ", "printf ", "cat "].iter().any(|start| said.starts_with(start));
        for target in targets(line) {
            if target.starts_with("contract/") && is_judged(facts, target) {
                out.doubts.push((here(), format!("`{target}` is written anew before it looks")));
            }
            let called = target.contains('/') && target.rsplit('/').next() == Some("guard");
            if says && called {
                out.impostors.push(here());
            }
        }
    }
}

/// The variable that a line gives to later steps, where it is one that steers.
fn handed_on(line: &str) -> Option<String> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices('=').find_map(|(at, _)| {
        let before = &line[..at];
        let name = &before[before.trim_end_matches(part).len()..];
        steers(name).then(|| name.to_owned())
    })
}

/// The words behind `>` and `>>`.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices('>').filter_map(|(at, _)| {
        let rest = line[at + 1..].trim_start_matches(['>', '|', ' ']);
        let rest = rest.trim_start_matches(['"', '\'']).trim_start_matches("./");
        let end = rest.find(['"', '\'', ' ', ';', '&', ')', '\n']).unwrap_or(rest.len());
        rest.get(..end).filter(|word| !word.is_empty())
    })
}

/// The first place before an offset at which the program may end with success.
fn leaves_before(body: &Block, offset: u32, depth: usize) -> Option<Span> {
    if depth > 32 {
        return None;
    }
    body.iter().take_while(|node| node.span.start < offset).find_map(|node| match &node.kind {
        NodeKind::Exit(status) if ends_well(status.as_ref()) => Some(node.span),
        NodeKind::Branch { then, other, .. } => {
            leaves_before(then, offset, depth + 1).or_else(|| leaves_before(other, offset, depth + 1))
        }
        NodeKind::Loop { body, .. } | NodeKind::Scope(body) => leaves_before(body, offset, depth + 1),
        NodeKind::Command(expr) | NodeKind::Eval(expr) => leaves_in(expr, offset, depth + 1),
        _ => None,
    })
}

fn leaves_in(expr: &Expr, offset: u32, depth: usize) -> Option<Span> {
    if depth > 32 {
        return None;
    }
    match expr.kind.as_ref() {
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            leaves_in(left, offset, depth + 1).or_else(|| leaves_in(right, offset, depth + 1))
        }
        ExprKind::Group { body, isolated: false } => leaves_before(body, offset, depth + 1),
        _ => None,
    }
}

/// `exit`, `exit 0`.
fn ends_well(status: Option<&Expr>) -> bool {
    status.is_none_or(|status| match status.kind.as_ref() {
        ExprKind::Text(text) => text == "0",
        ExprKind::Number(number) => *number == 0.0,
        _ => false,
    })
}
