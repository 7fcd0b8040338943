//! bypass/hook-skip: commits or pushes that leave the hooks out, or hooks that are moved away.

use std::collections::BTreeMap;

use crate::lang::Kind;
use crate::lang::platform::Platform;
use crate::lang::surroundings::{self, HOOK_SWITCHES};
use crate::reach::eval::Walk;
use crate::reach::event::{Event, EventKind};
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::flow::EnvSetting;
use crate::words::span::{FileId, Place};
use crate::words::text::Text;

pub const ID: &str = "bypass/hook-skip";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found: BTreeMap<Place, Finding> = BTreeMap::new();
    let entries = facts.survey.entry_walks.iter().enumerate().map(|(i, w)| (facts.survey.entries[i].file, w));
    let programs = facts.survey.programs.iter().map(|(file, w)| (*file, w));
    for (file, walk) in entries.chain(programs) {
        if facts.scope.tests.contains(&file)
            || facts.scope.nested.contains(&file)
            || facts.scope.quarantined.contains(&file)
        {
            continue;
        }
        for event in &walk.events {
            if let Some(what) = skips(event) {
                found.entry(event.at).or_insert_with(|| told(event.at, &what));
            }
        }
    }
    for (at, what) in handed(facts) {
        found.entry(at).or_insert_with(|| told(at, &what));
    }
    found.into_values().collect()
}

fn told(at: Place, what: &str) -> Finding {
    Finding::new(
        ID,
        at,
        format!("{what}: the hooks that would have run the check are left out"),
        "let the hooks run; where one is wrong, mend the hook",
    )
}

/// What a job, a container or a file of variables sets for whatever is started there.
fn handed(facts: &Facts<'_>) -> Vec<(Place, String)> {
    let scope = facts.scope;
    let judged = |id: &FileId| {
        !scope.tests.contains(id) && !scope.nested.contains(id) && !scope.quarantined.contains(id)
    };
    let off = |setting: &EnvSetting| {
        let value = super::handed::known(setting)?;
        (HOOK_SWITCHES.contains(&setting.name.as_str()) && turns_off(facts, &setting.name, value))
            .then(|| format!("`{}={value}`", setting.name))
    };
    // One setting is handed to many: it tells where one of them makes commits.
    let mut out: BTreeMap<Place, String> = BTreeMap::new();
    for (entry, walk) in facts.survey.entries.iter().zip(&facts.survey.entry_walks) {
        let held = entry.handle.entry().filter(|_| judged(&entry.file));
        let settings = held.iter().flat_map(|held| &held.env);
        for (span, what) in settings.filter_map(|setting| Some((setting.span, off(setting)?))) {
            if is_worked_in(facts, entry.file) || commits(facts, walk) {
                out.insert(Place { file: entry.file, span }, what);
            }
        }
    }
    for id in facts.sources.ids() {
        let file = facts.sources.file(id);
        if !(file.kind == Kind::DotEnv || surroundings::is_one(&file.path)) || !judged(&id) {
            continue;
        }
        let named = |text: &str| HOOK_SWITCHES.iter().any(|name| text.contains(name));
        if !file.text.as_deref().is_some_and(named) {
            continue;
        }
        for setting in &file.lowered().settings {
            let at = Place { file: id, span: setting.span };
            out.extend(off(setting).map(|what| (at, what)));
        }
    }
    out.into_iter().collect()
}

/// A container in which people work. Where an image is built, nobody commits.
fn is_worked_in(facts: &Facts<'_>, file: FileId) -> bool {
    let source = facts.sources.file(file);
    let name = source.path.rsplit('/').next().unwrap_or(&source.path).to_ascii_lowercase();
    match source.kind {
        Kind::Compose => true,
        Kind::Docker => name.split(['.', '-', '_']).any(|word| word.starts_with("dev")),
        Kind::Platform(platform) => platform == Platform::DevContainer,
        _ => false,
    }
}

/// It, or what it starts, makes a commit or pushes one.
fn commits(facts: &Facts<'_>, walk: &Walk) -> bool {
    let does = |walk: &Walk| walk.events.iter().any(is_commit);
    let started = facts.survey.closure(walk, &|_| false);
    does(walk) || started.iter().filter_map(|file| facts.survey.programs.get(file)).any(does)
}

fn is_commit(event: &Event) -> bool {
    let EventKind::Ran { words, .. } = &event.kind else { return false };
    let known: Vec<&str> = words.iter().map(|w| w.as_known().unwrap_or_default()).collect();
    let known = known.strip_prefix(&["npx"]).unwrap_or(&known);
    let Some((program, rest)) = known.split_first() else { return false };
    match program.rsplit('/').next().unwrap_or(program) {
        "git" => skip_global_options(rest).first().is_some_and(|command| COMMANDS.contains(command)),
        "npm" | "pnpm" | "yarn" | "bun" | "lerna" | "changeset" | "poetry" | "cargo" => {
            rest.iter().any(|word| matches!(*word, "version" | "release"))
        }
        "semantic-release" | "release-it" | "standard-version" | "np" | "bumpversion" | "release-please" => {
            true
        }
        _ => false,
    }
}

/// Commands of git that ask hooks.
const COMMANDS: [&str; 6] = ["commit", "push", "merge", "rebase", "am", "cherry-pick"];

fn turns_off(facts: &Facts<'_>, name: &str, value: &str) -> bool {
    match name {
        "HUSKY" | "LEFTHOOK" => matches!(value, "0" | "false"),
        // Many programs have a variable of that name: it is the hooks' where it names one that runs the check.
        "SKIP" => value.split(',').any(|id| runs_check(facts, id.trim())),
        _ => !matches!(value, "" | "0" | "false"),
    }
}

fn runs_check(facts: &Facts<'_>, id: &str) -> bool {
    facts.survey.entries.iter().zip(&facts.survey.entry_walks).any(|(entry, walk)| {
        facts.sources.file(entry.file).kind == Kind::PreCommit
            && entry.handle.entry().is_some_and(|held| held.name == id)
            && walk
                .events
                .iter()
                .any(|event| matches!(&event.kind, EventKind::Ran { meaning, .. } if meaning.gate.is_some()))
    })
}

fn skips(event: &Event) -> Option<String> {
    let EventKind::Ran { words, env, .. } = &event.kind else { return None };
    let known: Vec<&str> = words.iter().map(|w| w.as_known().unwrap_or_default()).collect();
    let program = known.first().map(|p| p.rsplit('/').next().unwrap_or(p))?;
    if program != "git" {
        return None;
    }
    let arguments = skip_global_options(&known[1..]);
    let command = *arguments.first()?;
    if COMMANDS.contains(&command) {
        let short = command == "commit" && arguments[1..].iter().any(|a| is_short_with(a, 'n'));
        if arguments.contains(&"--no-verify") || short {
            return Some(format!("`git {command} --no-verify`"));
        }
        for (name, value, _) in env {
            let value: &Text = value;
            let off = matches!(
                (name.as_str(), value.as_known()),
                ("HUSKY" | "LEFTHOOK", Some("0" | "false"))
                    | ("HUSKY_SKIP_HOOKS" | "SKIP" | "PRE_COMMIT_ALLOW_NO_CONFIG", Some(_))
            );
            if off {
                return Some(format!("`{name}={value} git {command}`"));
            }
        }
    }
    let set_elsewhere = known.iter().any(|w| w.to_ascii_lowercase().starts_with("core.hookspath="));
    if set_elsewhere {
        return Some("`git -c core.hooksPath=…`".to_owned());
    }
    if command == "config" {
        let lower: Vec<String> = arguments.iter().map(|a| a.to_ascii_lowercase()).collect();
        let at = lower.iter().position(|a| a == "core.hookspath")?;
        let target = arguments.get(at + 1).copied().unwrap_or_default();
        // Pointing git at hooks of the repository is how they are installed.
        let installs = target.starts_with(".husky")
            || target.starts_with(".githooks")
            || target.starts_with(".hooks")
            || target.starts_with("hooks")
            || target.starts_with("git-hooks")
            || target.starts_with("scripts/");
        if !installs
            && !lower.iter().any(|a| a == "--get")
            && (!target.is_empty() || lower.iter().any(|a| a.starts_with("--unset")))
        {
            return Some("`git config core.hooksPath`".to_owned());
        }
    }
    None
}

fn skip_global_options<'w>(words: &[&'w str]) -> Vec<&'w str> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        match *word {
            "-C" | "-c" | "--git-dir" | "--work-tree" => at += 2,
            option if option.starts_with('-') => at += 1,
            _ => break,
        }
    }
    words.get(at..).unwrap_or_default().to_vec()
}

fn is_short_with(word: &str, flag: char) -> bool {
    word.len() <= 4
        && word.starts_with('-')
        && !word.starts_with("--")
        && word[1..].chars().all(|c| c.is_ascii_lowercase())
        && word.contains(flag)
}
