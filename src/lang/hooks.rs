//! Git hooks: husky files, lefthook, pre-commit.

use super::yaml::{self, Node};
use super::{Input, Kind, Lowered, joined, shell, split};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{Dialect, Unit};
use crate::words::span::Span;

/// What husky's own file is called in the hooks that it makes.
const OWN: [&str; 4] = [
    "$(dirname -- \"$0\")/_/husky.sh",
    "$(dirname \"$0\")/_/husky.sh",
    "$(dirname $0)/_/husky.sh",
    "$(dirname -- $0)/_/husky.sh",
];

#[must_use]
pub fn lower(kind: Kind, input: Input<'_>) -> Lowered {
    if kind == Kind::Husky {
        return husky(input);
    }
    let parsed = yaml::parse(input);
    let mut out = Lowered::default();
    if let Some(root) = parsed.root() {
        if kind == Kind::Lefthook { lefthook(input, root, &mut out) } else { pre_commit(root, &mut out) }
    }
    out.problems = parsed.problems;
    out
}

fn entry(title: String, name: &str, unit: Unit, span: Span, directory: Option<String>) -> Entry {
    Entry {
        kind: EntryKind::Hook,
        title,
        name: name.to_owned(),
        unit,
        span,
        directory,
        env: Vec::new(),
        env_files: Vec::new(),
        tolerated: None,
        needs: Vec::new(),
    }
}

/// husky runs its files with `sh -e`; other hook folders run them by their first line.
fn husky(input: Input<'_>) -> Lowered {
    let name = input.path.rsplit('/').next().unwrap_or(input.path);
    let first = input.text.lines().next().unwrap_or("");
    let interpreter = first.strip_prefix("#!").unwrap_or("");
    let is = |names: &[&str]| interpreter.split(['/', ' ']).any(|word| names.contains(&word.trim()));
    let by_husky = input.path.contains(".husky/");
    let span = input.map.span(0..input.text.len());
    let unit = if is(&["node", "tsx", "bun"]) {
        super::js::lower(input)
    } else if is(&["python", "python3"]) {
        Unit::empty(Dialect::Python)
    } else {
        let without = generated(input.text);
        let input = Input { text: &without, ..input };
        let errexit =
            by_husky || interpreter.split_whitespace().any(|w| w.starts_with('-') && w.contains('e'));
        shell::lower_text(input, errexit, false)
    };
    let hook = entry(format!("hook {name}"), name, unit.clone(), span, Some(".".to_owned()));
    Lowered { unit: Some(unit), entries: vec![hook], ..Lowered::default() }
}

/// The hook without the line with which husky's older versions load a file of their own. It is no file of the
/// repository: husky writes it while it is installed. One that is committed is judged as a program of its own.
fn generated(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for row in text.split_inclusive('\n') {
        let told = row.trim();
        let own = told.strip_prefix(". ").or_else(|| told.strip_prefix("source "));
        if own.is_some_and(|path| OWN.contains(&path.trim().trim_matches('"'))) {
            // Every byte behind it keeps its place.
            out.extend(row.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            out.push_str(row);
        }
    }
    out
}

fn lefthook(input: Input<'_>, root: &Node, out: &mut Lowered) {
    for pair in root.pairs() {
        let Some(hook) = pair.key.as_str() else { continue };
        for command in pair.value.get("commands").map(Node::pairs).unwrap_or_default() {
            job(input, hook, command.key.as_str().unwrap_or(""), &command.value, out);
        }
        for script in pair.value.get("scripts").map(Node::pairs).unwrap_or_default() {
            let Some(file) = script.key.as_str() else { continue };
            let runner = script.value.get("runner");
            out.entries.push(script_entry(hook, file, script.key.span, runner, &script.value));
        }
        jobs(input, hook, &pair.value, out, 0);
    }
}

fn jobs(input: Input<'_>, hook: &str, node: &Node, out: &mut Lowered, depth: usize) {
    if depth > 16 {
        return;
    }
    for item in node.get("jobs").map(Node::items).unwrap_or_default() {
        let name = item.get("name").and_then(Node::as_str).unwrap_or("");
        job(input, hook, name, item, out);
        if let Some(file) = item.get("script")
            && let Some(path) = file.as_str()
        {
            out.entries.push(script_entry(hook, path, file.span, item.get("runner"), item));
        }
        if let Some(group) = item.get("group") {
            jobs(input, hook, group, out, depth + 1);
        }
    }
}

fn job(input: Input<'_>, hook: &str, name: &str, node: &Node, out: &mut Lowered) {
    let Some(run) = node.get("run") else { return };
    let Some(scalar) = run.as_scalar() else { return };
    let text = Input { path: input.path, text: &scalar.text, map: &scalar.map };
    let unit = shell::lower_text(text, false, false);
    out.entries.push(entry(format!("lefthook {hook} {name}"), hook, unit, run.span, Some(directory(node))));
}

fn directory(node: &Node) -> String {
    joined(".", node.get("root").and_then(Node::as_str).unwrap_or("."))
}

fn script_entry(hook: &str, file: &str, span: Span, runner: Option<&Node>, node: &Node) -> Entry {
    let mut words = Vec::new();
    if let Some(scalar) = runner.and_then(Node::as_scalar) {
        words = split::words(&scalar.text, &scalar.map);
    }
    words.push((format!(".lefthook/{hook}/{file}"), span));
    let unit = shell::run_of_words(words, span);
    entry(format!("lefthook {hook} {file}"), hook, unit, span, Some(directory(node)))
}

/// Only hooks of this repository: what others bring is a package of theirs.
fn pre_commit(root: &Node, out: &mut Lowered) {
    for repo in root.get("repos").map(Node::items).unwrap_or_default() {
        if repo.get("repo").and_then(Node::as_str) != Some("local") {
            continue;
        }
        for hook in repo.get("hooks").map(Node::items).unwrap_or_default() {
            let Some(command) = hook.get("entry") else { continue };
            let Some(scalar) = command.as_scalar() else { continue };
            // These say a pattern or an image, not a command.
            let language = hook.get("language").and_then(Node::as_str).unwrap_or("");
            if matches!(language, "pygrep" | "fail" | "docker_image") {
                continue;
            }
            let mut words = split::words(&scalar.text, &scalar.map);
            for (word, span) in hook.get("args").map(Node::strings).unwrap_or_default() {
                words.push((word.to_owned(), span));
            }
            let id = hook.get("id").and_then(Node::as_str).unwrap_or("");
            let unit = shell::run_of_words(words, command.span);
            out.entries.push(entry(format!("pre-commit {id}"), id, unit, command.span, Some(".".to_owned())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::probe::said;
    use crate::words::span::OffsetMap;
    use proptest::prelude::*;

    fn read(kind: Kind, path: &str, text: &str) -> Vec<(String, String)> {
        lower(kind, Input { path, text, map: &OffsetMap::identity() })
            .entries
            .into_iter()
            .map(|e| (e.title, said(&e.unit)))
            .collect()
    }

    fn rows(found: &[(String, String)]) -> Vec<(&str, &str)> {
        found.iter().map(|(title, shape)| (title.as_str(), shape.as_str())).collect()
    }

    #[test]
    fn husky_files_are_programs_and_entries() {
        let found = read(Kind::Husky, ".husky/pre-push", "guard check\n");
        assert_eq!(rows(&found), [("hook pre-push", "guard check")]);
    }

    #[test]
    fn the_line_with_which_husky_loads_its_own_file_is_no_part_of_the_hook() {
        let text = "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nguard check\n";
        assert_eq!(rows(&read(Kind::Husky, ".husky/pre-push", text)), [("hook pre-push", "guard check")]);
        let text = ". \"$(dirname -- \"$0\")/other.sh\"\n";
        assert_ne!(rows(&read(Kind::Husky, ".husky/pre-push", text)), [("hook pre-push", "")]);
    }

    #[test]
    fn lefthook_commands_scripts_and_jobs_are_entries() {
        let text = "pre-commit:\n  commands:\n    lint: { run: npx eslint }\n  scripts:\n    \"a.sh\": { runner: bash }\n  jobs:\n    - name: j\n      run: guard check\n    - group:\n        jobs:\n          - run: x\n";
        let found = read(Kind::Lefthook, "lefthook.yml", text);
        assert_eq!(
            rows(&found),
            [
                ("lefthook pre-commit lint", "npx eslint"),
                ("lefthook pre-commit a.sh", "bash .lefthook/pre-commit/a.sh"),
                ("lefthook pre-commit j", "guard check"),
                ("lefthook pre-commit ", "x"),
            ]
        );
    }

    #[test]
    fn only_local_hooks_of_pre_commit_are_entries() {
        let text = "repos:\n  - repo: https://x\n    hooks: [{ id: a, entry: b }]\n  - repo: local\n    hooks:\n      - id: g\n        language: system\n        entry: bash -c 'guard check'\n        args: [x]\n      - { id: p, language: pygrep, entry: 'a+' }\n";
        let found = read(Kind::PreCommit, ".pre-commit-config.yaml", text);
        assert_eq!(rows(&found), [("pre-commit g", "bash -c guard check x")]);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(repos|repo|local|hooks|entry|jobs|run|commands|scripts|[ :\\-\n{}#!/é]){0,40}") {
            for kind in [Kind::Husky, Kind::Lefthook, Kind::PreCommit] {
                let _ = lower(kind, Input { path: "x", text: &text, map: &OffsetMap::identity() });
            }
        }
    }
}
