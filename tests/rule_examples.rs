//! Every page of `rules/` is a test: its bad example gives the rule, its good one does not.
//!
//! An example is a small repository in fenced blocks: `path=` says where a block goes, `after=1`
//! puts it there only after the contract is frozen and committed, `gone=1` removes the file then.
//! `## Bad in Python` and its like are examples of their own.
//! A `console` block says how `guard check` is called. Around every example lies `tests/kit/`.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use guard::rules::registry::{RULES, Rule};
use serde_json::Value;
use tempfile::TempDir;

const KIT: [(&str, &str); 5] = [
    ("contract/mutation.toml", include_str!("kit/contract/mutation.toml")),
    ("contract/allowed_signers", include_str!("kit/contract/allowed_signers")),
    ("lib/ci.ts", include_str!("kit/lib/ci.ts")),
    ("lib/fingerprint.ts", include_str!("kit/lib/fingerprint.ts")),
    ("scripts/rename.ts", include_str!("kit/scripts/rename.ts")),
];

/// Stands in the pages, so that no page holds what the secret rules look for.
const PLACEHOLDER: (&str, &str) = ("«password»", "t4Kq9vWzR2");

#[derive(Debug, Default, PartialEq)]
struct Example {
    files: Vec<(String, String)>,
    after: Vec<(String, String)>,
    gone: Vec<String>,
    arguments: Vec<String>,
}

/// The blocks of one section of a page.
fn example(page: &str, section: &str) -> Example {
    let mut out = Example::default();
    let (mut here, mut block): (bool, Option<(String, String)>) = (false, None);
    for line in page.lines() {
        match &mut block {
            Some((info, text)) if line == "```" => {
                take(&mut out, info, text);
                block = None;
            }
            Some((_, text)) => {
                text.push_str(&line.replace(PLACEHOLDER.0, PLACEHOLDER.1));
                text.push('\n');
            }
            None if line.starts_with("## ") => here = line == section,
            None => {
                if let Some(info) = line.strip_prefix("```").filter(|_| here) {
                    block = Some((info.to_owned(), String::new()));
                }
            }
        }
    }
    assert!(block.is_none(), "a block of {section} is not closed");
    out
}

fn take(out: &mut Example, info: &str, text: &str) {
    if let Some(command) = text.strip_prefix("$ guard check").filter(|_| info == "console") {
        out.arguments = command.split_whitespace().map(str::to_owned).collect();
        return;
    }
    let word = |key: &str| info.split_whitespace().find_map(|word| word.strip_prefix(key));
    let path = word("path=").unwrap_or_else(|| panic!("a block without path: {info}")).to_owned();
    match (word("after="), word("gone=")) {
        (_, Some(_)) => out.gone.push(path),
        (Some(_), None) => out.after.push((path, text.to_owned())),
        (None, None) => out.files.push((path, text.to_owned())),
    }
}

fn write(root: &Path, files: &[(String, String)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
    }
}

/// With nothing of the machine's own settings: neither git's nor CI's.
fn run(root: &Path, program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(root)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", root)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .expect("the program starts")
}

fn git(root: &Path, arguments: &[&str]) {
    let mut all = vec!["-c", "user.name=t", "-c", "user.email=t@example.invalid"];
    all.extend(arguments);
    let done = run(root, "git", &all);
    assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The rules that `guard check` names, each with its place.
fn found(example: &Example) -> Result<Vec<(String, String)>, String> {
    let folder = TempDir::new().expect("a folder");
    let root = folder.path();
    let guard = env!("CARGO_BIN_EXE_guard");
    write(root, &KIT.map(|(path, text)| (path.to_owned(), text.to_owned())));
    write(root, &example.files);
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["add", "-A", "-f"]);
    git(root, &["commit", "-qm", "example"]);
    run(root, guard, &["contract", "freeze"]);
    git(root, &["add", "-A", "-f"]);
    git(root, &["commit", "-qm", "freeze", "--allow-empty"]);
    write(root, &example.after);
    for path in &example.gone {
        fs::remove_file(root.join(path)).expect("the file was there");
    }
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(example.arguments.iter().map(String::as_str));
    let done = run(root, guard, &arguments);
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    let document: Value = serde_json::from_str(&out).map_err(|error| {
        format!("{error}; exit {:?}: {}", done.status.code(), String::from_utf8_lossy(&done.stderr))
    })?;
    let findings = document["findings"].as_array().ok_or("no findings in the JSON")?;
    Ok(findings
        .iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            (text("rule"), format!("{}:{} {}", text("path"), finding["line"], text("message")))
        })
        .collect())
}

/// `## Bad`, `## Good`, and the same in other languages: `## Bad in Python`.
fn sections(page: &str) -> Vec<&str> {
    let is_one = |line: &&str| {
        ["## Bad", "## Good"].iter().any(|start| {
            line.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(" in "))
        })
    };
    page.lines().filter(is_one).collect()
}

fn judge(rule: &Rule) -> Vec<String> {
    let mut problems = Vec::new();
    for section in sections(rule.page) {
        let wanted = section.starts_with("## Bad");
        let example = example(rule.page, section);
        match found(&example) {
            Err(error) => problems.push(format!("{} {section}: {error}", rule.id)),
            Ok(findings) => {
                if findings.iter().any(|(id, _)| id == rule.id) != wanted {
                    let verb = if wanted { "is missed" } else { "is there" };
                    problems.push(format!("{} {section}: it {verb}; found {findings:#?}", rule.id));
                }
            }
        }
    }
    problems
}

fn judge_category(category: &str) {
    let problems: Vec<String> =
        RULES.iter().filter(|rule| rule.category() == category).flat_map(judge).collect();
    assert!(problems.is_empty(), "{} of the examples fall short:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn examples_of_the_contract_rules_hold() {
    judge_category("contract");
}

#[test]
fn examples_of_the_guard_rules_hold() {
    judge_category("guard");
}

#[test]
fn examples_of_the_bypass_rules_hold() {
    judge_category("bypass");
}

#[test]
fn examples_of_the_workflow_rules_hold() {
    judge_category("workflow");
}

#[test]
fn examples_of_the_drift_rules_hold() {
    judge_category("drift");
}

#[test]
fn examples_of_the_secret_rules_hold() {
    judge_category("secret");
}

#[test]
fn every_rule_belongs_to_a_category_that_is_tested() {
    let tested = ["contract", "guard", "bypass", "workflow", "drift", "secret"];
    assert!(RULES.iter().all(|rule| tested.contains(&rule.category())));
}

#[test]
fn every_page_has_two_examples_that_differ() {
    for rule in RULES {
        let (bad, good) = (example(rule.page, "## Bad"), example(rule.page, "## Good"));
        assert!(!bad.files.is_empty() && !good.files.is_empty(), "{}", rule.id);
        assert_ne!(bad, good, "{}", rule.id);
    }
}
