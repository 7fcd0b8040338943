//! `guard init`: from a repository as it is to contract, configuration, hook and required check.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use sandbox::Sandbox;
use serde_json::Value;

/// Every file that is no part of git's own folder, with its text.
fn files(sandbox: &Sandbox) -> BTreeMap<String, String> {
    fn walk(root: &Path, folder: &Path, out: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".git") {
                walk(root, &path, out);
            } else if path.is_file() {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                out.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let (root, mut out) = (sandbox.at("shop"), BTreeMap::new());
    walk(&root, &root, &mut out);
    out
}

fn repository(held: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::repository();
    for (path, text) in held {
        sandbox.write(&format!("shop/{path}"), text);
    }
    sandbox.commit("shop", "README.md", "# Shop\n");
    sandbox
}

const SCHEMA: &str = "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\nmodel Order {\n  id Int @id\n  note String\n}\n";
const MIGRATION: &str = "CREATE TABLE \"Order\" (id INT PRIMARY KEY, note TEXT NOT NULL);\n";

/// A shop with an application, migrations, and an old script that nothing starts.
fn shop(more: &[(&str, &str)]) -> Sandbox {
    let mut held = vec![
        ("package.json", "{\n  \"scripts\": { \"start\": \"node server/main.js\" }\n}\n"),
        ("prisma/schema.prisma", SCHEMA),
        ("prisma/migrations/20250101000000_first/migration.sql", MIGRATION),
        (
            "server/orders.js",
            "const { PrismaClient } = require('@prisma/client');\nconst prisma = new PrismaClient();\nexports.close = (id) => prisma.order.update({ where: { id }, data: { note: 'closed' } });\n",
        ),
        ("ops/fix.sh", "#!/bin/sh\npsql \"$DATABASE_URL\" -c 'UPDATE \"Order\" SET note = 1'\n"),
    ];
    held.extend_from_slice(more);
    repository(&held)
}

/// What the check says once everything is pinned and committed.
fn rules_after(sandbox: &Sandbox) -> Vec<String> {
    sandbox.said(&["contract", "freeze"]);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "guard"]);
    let done = sandbox.guard(&["check", "--format", "json"]);
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("a list").iter();
    findings.map(|f| format!("{} {}", f["rule"].as_str().unwrap(), f["path"].as_str().unwrap())).collect()
}

/// Only lines were added: what is left without them is what was there, byte for byte.
fn only_added(before: &str, after: &str) -> String {
    let mut old = before.split_inclusive('\n').peekable();
    let mut added = String::new();
    for line in after.split_inclusive('\n') {
        if old.peek() == Some(&line) || old.peek().is_some_and(|held| format!("{held}\n") == line) {
            old.next();
        } else {
            added.push_str(line);
        }
    }
    assert_eq!(old.next(), None, "{after}");
    added
}

#[test]
fn the_plan_shows_every_line_and_writes_none() {
    let sandbox = shop(&[]);
    let before = files(&sandbox);
    insta::assert_snapshot!(sandbox.said(&["init", "--plan"]));
    assert_eq!(files(&sandbox), before);
}

#[test]
fn one_run_makes_a_repository_that_passes_its_own_check() {
    let sandbox = shop(&[]);
    let before = files(&sandbox);
    insta::assert_snapshot!(sandbox.said(&["init"]));
    let after = files(&sandbox);
    for (path, text) in &before {
        assert_eq!(after.get(path), Some(text), "{path}");
    }
    let new: Vec<&String> = after.keys().filter(|path| !before.contains_key(*path)).collect();
    assert_eq!(
        new,
        [".githooks/pre-commit", ".github/workflows/guard.yml", "contract/mutation.toml", "guard.toml"]
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let hook = fs::metadata(sandbox.at("shop/.githooks/pre-commit")).unwrap();
        assert_eq!(hook.permissions().mode() & 0o111, 0o111);
    }
    assert_eq!(rules_after(&sandbox), Vec::<String>::new());
}

#[test]
fn what_the_plan_shows_is_what_is_written() {
    let sandbox = shop(&[]);
    let plan = sandbox.said(&["init", "--plan"]);
    sandbox.said(&["init"]);
    for path in
        [".githooks/pre-commit", ".github/workflows/guard.yml", "contract/mutation.toml", "guard.toml"]
    {
        let text = fs::read_to_string(sandbox.at(&format!("shop/{path}"))).unwrap();
        let shown: String =
            text.lines().fold(String::new(), |all, line| all + format!("  | {line}").trim_end() + "\n");
        assert!(plan.contains(&format!("\n{path}\n{shown}")), "{path}\n{plan}");
    }
}

#[test]
fn a_second_run_adds_nothing() {
    for more in [
        &[][..],
        &[(".husky/pre-commit", "npm test\n")],
        &[("lefthook.yml", "pre-push:\n  commands:\n    test:\n      run: npm test\n")],
        &[(
            ".pre-commit-config.yaml",
            "repos:\n- repo: local\n  hooks:\n  - id: a\n    name: a\n    entry: a\n    language: system\n",
        )],
    ] {
        let sandbox = shop(more);
        sandbox.said(&["init"]);
        let first = files(&sandbox);
        let second = sandbox.said(&["init"]);
        assert_eq!(files(&sandbox), first, "{second}");
        assert_eq!(second.lines().filter(|line| line.starts_with("  is there")).count(), 4, "{second}");
    }
}

#[test]
fn what_is_there_is_never_overwritten() {
    let own = [
        ("contract/mutation.toml", "version = 1\n[environments]\nknown = [\"dev\"]\nprotected = []\n"),
        ("guard.toml", "[deploy]\nrequired_env = [\"A\"]\n"),
        (
            ".github/workflows/guard.yml",
            "on: workflow_dispatch\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: true\n",
        ),
    ];
    let sandbox = shop(&own);
    // Git does not see this one; it is there all the same.
    sandbox.write("shop/.git/info/exclude", ".githooks\n");
    sandbox.write("shop/.githooks/pre-commit", "#!/bin/sh\nmake lint\n");
    let before = files(&sandbox);
    sandbox.said(&["init"]);
    let after = files(&sandbox);
    for (path, text) in &before {
        only_added(text, &after[path]);
    }
    for (path, text) in own {
        assert_eq!(after[path], text, "{path}");
    }
    assert!(after.contains_key(".github/workflows/guard-check.yml"));
}

#[test]
fn the_hook_goes_where_the_repository_keeps_its_hooks() {
    let checked = "guard check --staged";
    for (path, before, added) in [
        (".husky/pre-commit", "npx lint-staged\n", "guard check --staged\n"),
        (
            ".husky/pre-commit",
            "#!/usr/bin/env sh\n. \"$(dirname -- \"$0\")/_/husky.sh\"\n\nnpx lint-staged\n",
            "guard check --staged\n",
        ),
        (
            ".githooks/pre-commit",
            "#!/bin/sh\nset -eu\n\n# Tests\nmake test\nexit 0\n",
            "guard check --staged || exit 1\n",
        ),
        (".githooks/pre-commit", "#!/bin/sh\r\nmake test\r\n", "guard check --staged || exit 1\r\n"),
        (
            "lefthook.yml",
            "pre-commit:\n  parallel: true\n  commands:\n    lint:\n      run: npm run lint\n\npre-push:\n  commands:\n    test:\n      run: npm test\n",
            "    guard-check:\n      run: guard check --staged\n",
        ),
        (
            "lefthook.yml",
            "pre-commit:\n  jobs:\n    - name: lint\n      run: npm run lint\n",
            "    - name: guard-check\n      run: guard check --staged\n",
        ),
        (
            "lefthook.yml",
            "pre-push:\n  commands:\n    test:\n      run: npm test\n",
            "\npre-commit:\n  commands:\n    guard-check:\n      run: guard check --staged\n",
        ),
        (
            ".pre-commit-config.yaml",
            "repos:\n-   repo: https://example.invalid/hooks\n    rev: v1\n    hooks:\n    -   id: a\n\n# What CI does\nci:\n  skip: []",
            "- repo: local\n  hooks:\n    - id: guard-check\n      name: guard check\n      entry: guard check --staged\n      language: system\n      pass_filenames: false\n      always_run: true\n",
        ),
    ] {
        let sandbox = shop(&[(path, before)]);
        let told = sandbox.said(&["init"]);
        let after = fs::read_to_string(sandbox.at(&format!("shop/{path}"))).unwrap();
        assert_eq!(only_added(before, &after), added, "{after}\n{told}");
        assert!(after.contains(checked) && told.contains(&format!("added to  {path}")), "{told}");
        assert_eq!(rules_after(&sandbox), Vec::<String>::new(), "{path}: {after}");
    }
}

#[test]
fn what_cannot_be_added_to_is_printed_and_left_alone() {
    for (path, text) in [
        (".pre-commit-config.yaml", "repos: [{ repo: local, hooks: [] }]\n"),
        ("lefthook.yml", "pre-commit: { commands: { a: { run: a } } }\n"),
        (".githooks/pre-commit", "#!/usr/bin/env python3\nprint(1)\n"),
        ("package.json", "{ \"simple-git-hooks\": { \"pre-commit\": \"npx lint-staged\" } }\n"),
        (".overcommit.yml", "PreCommit:\n  RuboCop:\n    enabled: true\n"),
    ] {
        let sandbox = repository(&[(path, text)]);
        let told = sandbox.said(&["init"]);
        assert_eq!(fs::read_to_string(sandbox.at(&format!("shop/{path}"))).unwrap(), text, "{path}");
        assert!(
            told.contains(&format!("Yours to add to {path}")) && told.contains("guard check --staged"),
            "{told}"
        );
    }
}

#[test]
fn a_pipeline_of_another_provider_is_given_its_job_to_paste() {
    for (path, text, job, rule) in [
        (
            ".gitlab-ci.yml",
            "test:\n  script: [make test]\n",
            "GIT_DEPTH: \"0\"",
            "only_allow_merge_if_pipeline_succeeds",
        ),
        (".circleci/config.yml", "version: 2.1\njobs: {}\n", "cimg/rust", "ci/circleci: guard"),
        (".buildkite/pipeline.yml", "steps:\n  - command: make\n", "- wait", "buildkite/PIPELINE"),
    ] {
        let sandbox = shop(&[(path, text)]);
        let told = sandbox.said(&["init"]);
        assert_eq!(fs::read_to_string(sandbox.at(&format!("shop/{path}"))).unwrap(), text);
        for word in [job, rule, "guard check", &format!("Yours to add to {path}")] {
            assert!(told.contains(word), "{word}: {told}");
        }
        assert!(!files(&sandbox).keys().any(|path| path.starts_with(".github/")), "{told}");
    }
}

/// The lines of a page behind a mark, without their indentation.
fn pasted(page: &str, from: &str, until: &str) -> String {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("{from}: {page}"));
    let (text, _) = rest.split_once(until).unwrap_or_else(|| panic!("{until}: {page}"));
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let indent = lines.clone().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    lines.map(|line| line[indent..].to_owned() + "\n").collect()
}

#[test]
fn a_job_that_was_pasted_is_found_the_next_time() {
    for (path, before) in [
        (".gitlab-ci.yml", "test:\n  script: [make test]\n"),
        (".circleci/config.yml", "version: 2.1\n"),
        (".buildkite/pipeline.yml", "\n"),
    ] {
        let sandbox = shop(&[(path, before)]);
        let told = sandbox.said(&["init"]);
        let job = pasted(&told, "since one file holds all jobs there:", "\nOnce that is frozen");
        sandbox.write(&format!("shop/{path}"), format!("{before}{job}"));
        let told = sandbox.said(&["init"]);
        assert!(told.contains(&format!("is there  {path}")), "{path}\n{job}\n{told}");
        assert_eq!(rules_after(&sandbox), Vec::<String>::new(), "{path}\n{job}");
    }
}

#[test]
fn what_it_says_to_paste_is_what_it_says_it_is() {
    for (path, text) in [
        ("a.txt", "a\n"),
        (".gitlab-ci.yml", "test:\n  script: [make test]\n"),
        (".circleci/config.yml", "version: 2.1\n"),
        (".buildkite/pipeline.yml", "\n"),
    ] {
        let sandbox = shop(&[(path, text)]);
        let told = sandbox.said(&["init"]);
        if !path.contains("gitlab") {
            let rule = pasted(&told, "--input - <<'JSON'", "JSON\n");
            let rule: Value = serde_json::from_str(&rule).expect("a ruleset");
            assert_eq!(rule["rules"][2]["type"], "required_status_checks", "{rule}");
        }
        let policy = pasted(&told, "how CI proves itself, freeze:", "a. in CI:").replace('…', "1");
        let contract = fs::read_to_string(sandbox.at("shop/contract/mutation.toml")).unwrap();
        sandbox.write("shop/contract/mutation.toml", format!("{contract}\n{policy}"));
        sandbox.said(&["contract", "freeze"]);
        let done = sandbox.guard(&["proof", "--env", "prod"]);
        assert!(String::from_utf8_lossy(&done.stderr).contains("[proof/not-ci]"), "{policy}\n{done:?}");
    }
}

#[test]
fn the_first_signer_is_named_by_the_line_that_it_prints() {
    let sandbox = shop(&[]);
    let told = sandbox.said(&["init"]);
    let lines = pasted(&told, "name the file in the contract:", "3. Pin it");
    sandbox.run("", "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", "key"]);
    fs::create_dir(sandbox.at(".ssh")).unwrap();
    fs::copy(sandbox.at("key.pub"), sandbox.at(".ssh/id_ed25519.pub")).unwrap();
    sandbox.git("shop", &["config", "user.email", "ann@example.com"]);
    sandbox.run("shop", "sh", &["-e", "-c", &lines]);
    sandbox.said(&["contract", "freeze"]);
    let signers = fs::read_to_string(sandbox.at("shop/contract/allowed_signers")).unwrap();
    assert!(signers.starts_with("ann@example.com namespaces=\"guard-contract\" ssh-ed25519 "), "{signers}");
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "guard"]);
    let contract = fs::read_to_string(sandbox.at("shop/contract/mutation.toml")).unwrap();
    let weaker = contract.replace("protected = [\"prod\"]", "protected = []");
    sandbox.write("shop/contract/mutation.toml", weaker);
    assert_eq!(sandbox.guard(&["contract", "freeze"]).status.code(), Some(2));
    assert_eq!(sandbox.guard(&["contract", "verify"]).status.code(), Some(1));
    sandbox.said(&["contract", "approve", "--key", "../key"]);
    sandbox.said(&["contract", "verify"]);
}

#[test]
fn a_job_that_checks_already_is_enough() {
    let checked = "on:\n  pull_request:\n  push:\n    branches: [main]\njobs:\n  guard:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          fetch-depth: 0\n      - run: guard check\n";
    let sandbox = shop(&[(".github/workflows/ci.yml", checked)]);
    let told = sandbox.said(&["init"]);
    assert!(told.contains("is there  .github/workflows"), "{told}");
    assert_eq!(files(&sandbox).keys().filter(|path| path.starts_with(".github/")).count(), 1);
}

#[test]
fn the_job_runs_on_every_branch_that_the_workflows_of_the_repository_name() {
    let deploys = "on:\n  push:\n    branches: [production, 'release/*']\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n";
    let sandbox = shop(&[(".github/workflows/deploy.yml", deploys)]);
    sandbox.said(&["init"]);
    let workflow = fs::read_to_string(sandbox.at("shop/.github/workflows/guard.yml")).unwrap();
    assert!(workflow.contains("    branches: [main, production]\n"), "{workflow}");
}

#[test]
fn folders_that_the_application_loads_are_a_part_of_it() {
    let writes = "import { PrismaClient } from \"@prisma/client\";\nconst prisma = new PrismaClient();\nexport const rename = (id: number) => prisma.order.update({ where: { id }, data: { note: \"x\" } });\n";
    let sandbox = shop(&[
        ("db/orders.ts", writes),
        ("app/page.ts", "import { rename } from \"../db/orders\";\nexport const page = () => rename(1);\n"),
        ("jobs/nightly.ts", "import { rename } from \"../store/rows\";\nrename(1);\n"),
        ("store/rows.ts", writes),
        ("Makefile", "nightly:\n\tnpx tsx jobs/nightly.ts\n"),
    ]);
    let told = sandbox.said(&["init"]);
    let contract = fs::read_to_string(sandbox.at("shop/contract/mutation.toml")).unwrap();
    assert!(contract.contains("application = [\"app/**\", \"db/**\", \"server/**\"]"), "{contract}");
    assert!(told.contains("    store/rows.ts:3  update"), "{told}");
}

/// A shop in which something starts a script that changes the database: a person has to decide.
fn undecided(more: &[(&str, &str)]) -> Sandbox {
    let mut held = vec![("Makefile", "fix:\n\tsh ops/fix.sh\n")];
    held.extend_from_slice(more);
    shop(&held)
}

/// Commits everything with git's hooks at work, and guard on the PATH.
fn commit_with_hooks(sandbox: &Sandbox, hooks: &str) -> std::process::Output {
    let guard = Path::new(env!("CARGO_BIN_EXE_guard")).parent().unwrap();
    let path = format!("{}:{}", guard.display(), sandbox.environment().get("PATH").unwrap());
    sandbox.git("shop", &["add", "-A"]);
    Command::new("git")
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c"])
        .arg(format!("core.hooksPath={hooks}"))
        .args(["commit", "-q", "-m", "all of it"])
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .envs(sandbox.environment().iter())
        .env("PATH", path)
        .output()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn a_hook_that_is_at_work_at_once_comes_when_it_would_stop_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let hook = ".hooks/pre-commit";
    let sandbox = undecided(&[(hook, "#!/bin/sh\ntrue\n")]);
    fs::set_permissions(sandbox.at(&format!("shop/{hook}")), fs::Permissions::from_mode(0o755)).unwrap();
    let plan = sandbox.said(&["init", "--plan"]);
    let told = sandbox.said(&["init"]);
    for text in [&plan, &told] {
        assert!(text.contains("\n  later     .hooks/pre-commit"), "{text}");
        assert!(text.contains("finds 1 thing:\n  contract/undeclared-mutation  1\n"), "{text}");
        assert!(text.contains("When nothing is left, add the hook:"), "{text}");
    }
    sandbox.said(&["contract", "freeze"]);
    let done = commit_with_hooks(&sandbox, ".hooks");
    assert!(done.status.success(), "{done:?}");
    let report: Value =
        serde_json::from_slice(&sandbox.guard(&["check", "--format", "json"]).stdout).unwrap();
    let left: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!(left, ["contract/undeclared-mutation"], "what it said is what is left");
    // Decided: nothing starts it any more.
    fs::remove_file(sandbox.at("shop/Makefile")).unwrap();
    fs::remove_file(sandbox.at("shop/ops/fix.sh")).unwrap();
    let told = sandbox.said(&["init"]);
    assert!(told.contains("added to  .hooks/pre-commit") && told.contains("finds nothing"), "{told}");
    let done = commit_with_hooks(&sandbox, ".hooks");
    assert!(done.status.success(), "{done:?}");
    sandbox.write("shop/ops/more.sh", "psql \"$DATABASE_URL\" -c 'DELETE FROM \"Order\"'\n");
    assert!(!commit_with_hooks(&sandbox, ".hooks").status.success());
}

#[test]
fn a_hook_that_git_is_not_told_of_is_written_and_switched_on_last() {
    let sandbox = undecided(&[]);
    let told = sandbox.said(&["init"]);
    let place = |text: &str| told.find(text).unwrap_or_else(|| panic!("{text}: {told}"));
    assert!(place("created   .githooks/pre-commit") < place("Decide what is left"), "{told}");
    assert!(place("Pin it, and commit") < place("Decide what is left"), "{told}");
    assert!(place("Decide what is left") < place("git config core.hooksPath .githooks"), "{told}");
    sandbox.said(&["contract", "freeze"]);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "guard"]);
    // With git told of the folder, the same hook would be at work at once.
    let sandbox = undecided(&[]);
    sandbox.git("shop", &["config", "core.hooksPath", ".githooks"]);
    let told = sandbox.said(&["init"]);
    assert!(told.contains("later     .githooks/pre-commit"), "{told}");
    assert!(!sandbox.at("shop/.githooks").exists());
}

#[test]
fn a_shallow_clone_is_told_what_its_next_commit_is_compared_with() {
    let upstream = shop(&[]);
    upstream.commit("shop", "README.md", "# A second commit\n");
    let sandbox = Sandbox::new();
    let url = format!("file://{}", upstream.at("shop").display());
    sandbox.git("", &["clone", "-q", "--depth", "1", &url, "shop"]);
    let told = sandbox.said(&["init"]);
    assert!(told.contains("`guard check` finds nothing."), "{told}");
    assert_eq!(rules_after(&sandbox), Vec::<String>::new());
}

#[test]
fn the_first_commit_passes_the_hook_that_is_at_work_at_once() {
    let sandbox = shop(&[]);
    sandbox.git("shop", &["config", "core.hooksPath", ".githooks"]);
    sandbox.said(&["init"]);
    sandbox.said(&["contract", "freeze"]);
    let done = commit_with_hooks(&sandbox, ".githooks");
    assert!(done.status.success(), "{done:?}");
}

#[test]
fn a_job_installs_what_cargo_wrote_down_or_asks_for_the_program() {
    let workflow =
        |sandbox: &Sandbox| fs::read_to_string(sandbox.at("shop/.github/workflows/guard.yml")).unwrap();
    let sandbox = shop(&[]);
    let told = sandbox.said(&["init"]);
    let text = workflow(&sandbox);
    assert!(text.contains("run: guard --version\n") && !text.contains("cargo install"), "{text}");
    assert!(told.contains("Put guard on the machines that run the job"), "{told}");

    let commit = "0123456789".repeat(4);
    let from = format!("git+https://example.org/team/guard?branch=main#{commit}");
    let sandbox = shop(&[]);
    let told = installed_from(&sandbox, &from);
    let text = workflow(&sandbox);
    let install =
        format!("cargo install --locked --git https://example.org/team/guard --rev {commit} guard\n");
    assert!(text.contains(&format!("run: {install}")), "{text}");
    assert!(!told.contains("Put guard on the machines"), "{told}");
}

#[test]
fn a_clone_that_guard_was_installed_from_is_named_by_its_remote_once_the_commit_is_there() {
    for pushed in [true, false] {
        let sandbox = shop(&[]);
        fs::create_dir(sandbox.at("clone")).unwrap();
        sandbox.git("clone", &["init", "-q", "-b", "main"]);
        let commit = sandbox.commit("clone", "README.md", "guard\n");
        sandbox.git("clone", &["remote", "add", "origin", "git@example.org:team/guard.git"]);
        if pushed {
            sandbox.git("clone", &["update-ref", "refs/remotes/origin/main", &commit]);
        }
        installed_from(&sandbox, &format!("path+file://{}", sandbox.at("clone").display()));
        let text = fs::read_to_string(sandbox.at("shop/.github/workflows/guard.yml")).unwrap();
        let install = format!("--git https://example.org/team/guard.git --rev {commit} guard\n");
        assert_eq!(text.contains(&install), pushed, "{text}");
        assert_eq!(text.contains("run: guard --version\n"), !pushed, "{text}");
    }
}

/// Runs `guard init` with a program as `cargo install` leaves it: beside its folder stands where it came from.
fn installed_from(sandbox: &Sandbox, source: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    sandbox.write("root/.crates.toml", format!("[v1]\n\"guard {version} ({source})\" = [\"guard\"]\n"));
    fs::create_dir(sandbox.at("root/bin")).unwrap();
    let program = sandbox.at("root/bin/guard");
    // A copy could still be open for writing in the child of another test, and would not start.
    if fs::hard_link(env!("CARGO_BIN_EXE_guard"), &program).is_err() {
        fs::copy(env!("CARGO_BIN_EXE_guard"), &program).unwrap();
    }
    sandbox.run("shop", program.to_str().unwrap(), &["init"])
}

/// A hook that is in the way of nothing, and a folder that is no folder: looked at before anything is written.
#[cfg(unix)]
#[test]
fn where_one_file_cannot_be_written_none_is() {
    for (inner, why) in
        [(".github", "is a link"), (".githooks", "is a link"), (".github/workflows", "is no folder")]
    {
        for arguments in [&["init"][..], &["init", "--plan"]] {
            let sandbox = shop(&[]);
            if why == "is a link" {
                fs::create_dir(sandbox.at("outside")).unwrap();
                std::os::unix::fs::symlink(sandbox.at("outside"), sandbox.at(&format!("shop/{inner}")))
                    .unwrap();
            } else {
                sandbox.write(&format!("shop/{inner}"), "no folder\n");
            }
            let before = files(&sandbox);
            let done = sandbox.guard(arguments);
            let told = String::from_utf8_lossy(&done.stderr).into_owned();
            assert_eq!(done.status.code(), Some(1), "{told}");
            assert!(
                told.contains(&format!("{inner} {why}")) && told.contains("nothing is written"),
                "{told}"
            );
            assert_eq!(files(&sandbox), before, "{told}");
            assert!(!sandbox.at("shop/contract").exists());
        }
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let sandbox = shop(&[]);
    fs::create_dir(sandbox.at("outside")).unwrap();
    std::os::unix::fs::symlink(sandbox.at("outside"), sandbox.at("shop/contract")).unwrap();
    let done = sandbox.guard(&["init"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("is a link"), "{done:?}");
    assert_eq!(fs::read_dir(sandbox.at("outside")).unwrap().count(), 0);
}

#[test]
fn an_empty_folder_is_told_so() {
    let sandbox = Sandbox::repository();
    assert_eq!(sandbox.guard(&["init"]).status.code(), Some(1));
    assert!(files(&sandbox).is_empty());
}
