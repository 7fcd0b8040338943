//! bypass/hook-skip: commits or pushes that leave the hooks out, or hooks that are moved away.

use std::collections::BTreeMap;

use crate::reach::event::{Event, EventKind};
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::Place;
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
                found.entry(event.at).or_insert_with(|| {
                    Finding::new(
                        ID,
                        event.at,
                        format!("{what}: the hooks that would have run the check are left out"),
                        "let the hooks run; where one is wrong, mend the hook",
                    )
                });
            }
        }
    }
    found.into_values().collect()
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
    if matches!(command, "commit" | "push" | "merge" | "rebase" | "am" | "cherry-pick") {
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
