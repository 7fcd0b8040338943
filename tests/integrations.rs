//! Hook, action and workflow as they run: through the real pre-commit, git's own hooks, zizmor, actionlint, and a shell
//! that runs their steps.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop where it stands"
)]

mod sandbox;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use guard::lang::Input;
use guard::lang::yaml::{self, Node};
use guard::words::span::OffsetMap;
use sandbox::Sandbox;

const GUARD: &str = env!("CARGO_BIN_EXE_guard");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A tool that .ci/run installs; elsewhere the test says that it did not run.
fn tool(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("GUARD_TEST_TOOLS").map(PathBuf::from);
    let paths = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let found = folder.into_iter().chain(paths.into_iter().flatten()).map(|folder| folder.join(name));
    let found = found.into_iter().find(|path| path.is_file());
    if found.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{name} is not there: .ci/run installs it");
        eprintln!("not run: {name} is neither in GUARD_TEST_TOOLS nor on the PATH");
    }
    found
}

/// The PATH with this very guard in front.
fn path() -> String {
    let own = Path::new(GUARD).parent().unwrap().display().to_string();
    format!("{own}:{}", std::env::var("PATH").unwrap())
}

fn run(sandbox: &Sandbox, program: &Path, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .env("PATH", path())
        .env("HOME", sandbox.at(""))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.com")])
        .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "ann@example.com")])
        .output()
        .expect("it starts")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn passes(output: &Output) {
    assert!(output.status.success(), "{}", text(output));
}

/// A repository that passes, set up by `guard init`.
fn shop(more: &[(&str, &str)]) -> Sandbox {
    let sandbox = Sandbox::repository();
    for (path, text) in more {
        sandbox.write(&format!("shop/{path}"), text);
    }
    sandbox.commit("shop", "README.md", "# Shop\n");
    passes(&run(&sandbox, Path::new(GUARD), &["init"]));
    passes(&run(&sandbox, Path::new(GUARD), &["contract", "freeze"]));
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "guard"]);
    sandbox
}

const BAD: &str = "#!/bin/sh\npsql \"$DATABASE_URL\" -c 'DELETE FROM orders'\n";

/// What is staged now is refused, and what was there before passes.
fn refuses_a_bad_commit(sandbox: &Sandbox) {
    sandbox.write("shop/notes.txt", "a\n");
    sandbox.git("shop", &["add", "-A"]);
    passes(&run(sandbox, Path::new("git"), &["commit", "-q", "-m", "notes"]));
    sandbox.write("shop/ops/clean.sh", BAD);
    sandbox.git("shop", &["add", "-A"]);
    let done = run(sandbox, Path::new("git"), &["commit", "-q", "-m", "clean"]);
    assert!(!done.status.success(), "{}", text(&done));
    assert!(text(&done).contains("contract/undeclared-mutation"), "{}", text(&done));
    assert_eq!(sandbox.git("shop", &["log", "-1", "--format=%s"]), "notes");
}

#[test]
fn the_hook_that_init_makes_stops_a_commit() {
    let sandbox = shop(&[]);
    sandbox.git("shop", &["config", "core.hooksPath", ".githooks"]);
    refuses_a_bad_commit(&sandbox);
}

#[test]
fn the_hook_that_init_adds_to_pre_commit_stops_a_commit() {
    let Some(pre_commit) = tool("pre-commit") else { return };
    let sandbox =
        shop(&[(".pre-commit-config.yaml", "repos:\n  - repo: meta\n    hooks:\n      - id: identity\n")]);
    passes(&run(&sandbox, &pre_commit, &["validate-config"]));
    passes(&run(&sandbox, &pre_commit, &["install"]));
    refuses_a_bad_commit(&sandbox);
}

#[test]
fn the_hook_of_this_repository_runs_through_pre_commit() {
    let Some(pre_commit) = tool("pre-commit") else { return };
    let sandbox = shop(&[]);
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    fs::create_dir(sandbox.at("hooks")).unwrap();
    sandbox.git("hooks", &["init", "-q", "-b", "main"]);
    let commit = sandbox.commit("hooks", ".pre-commit-hooks.yaml", &hooks);
    passes(&run(&sandbox, &pre_commit, &["validate-manifest", "../hooks/.pre-commit-hooks.yaml"]));
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {commit}\n    hooks:\n      - id: guard-check\n",
        sandbox.at("hooks").display()
    );
    sandbox.write("shop/.pre-commit-config.yaml", config);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "hooks"]);
    passes(&run(&sandbox, &pre_commit, &["install"]));
    refuses_a_bad_commit(&sandbox);
}

/// What this repository and `guard init` give to GitHub.
fn workflows(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut out = vec![root().join("action.yml"), sandbox.at("shop/.github/workflows/guard.yml")];
    for folder in [".github/workflows", "examples/shop/.github/workflows"] {
        out.extend(fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    out.sort();
    out
}

#[test]
fn zizmor_finds_nothing_in_action_and_workflows() {
    let Some(zizmor) = tool("zizmor") else { return };
    let sandbox = shop(&[]);
    let files = workflows(&sandbox);
    assert!(files.len() >= 5);
    let files: Vec<&str> = files.iter().map(|path| path.to_str().unwrap()).collect();
    let arguments =
        [&["--offline", "--no-progress", "--no-config", "--persona", "regular"][..], &files].concat();
    let done = run(&sandbox, &zizmor, &arguments);
    assert!(done.status.success() && text(&done).contains("No findings"), "{}", text(&done));
}

#[test]
#[ignore = "needs node and actionlint: .ci/full"]
fn actionlint_finds_nothing_in_the_workflows() {
    let module = std::env::var("GUARD_TEST_ACTIONLINT").expect("the path of actionlint's node.mjs");
    let sandbox = shop(&[]);
    // This build of it is older than the runner's labels and than provenance.
    let script = format!(
        "import {{ createLinter }} from {module:?};\nimport fs from \"node:fs\";\nconst lint = await createLinter();\nlet count = 0;\nfor (const file of process.argv.slice(2)) {{\n  const found = lint(fs.readFileSync(file, \"utf8\"), file).filter((one) => one.kind !== \"runner-label\" && !/scope \"attestations\"/.test(one.message));\n  for (const one of found) console.log(`${{file}}:${{one.line}}: ${{one.message}}`);\n  count += found.length;\n}}\nprocess.exit(count ? 1 : 0);\n"
    );
    sandbox.write("lint.mjs", script);
    sandbox.write("broken.yml", "on: push\njobs:\n  a:\n    steps: []\n");
    let script = sandbox.at("lint.mjs").display().to_string();
    let broken = sandbox.at("broken.yml").display().to_string();
    let node = Path::new("node");
    assert!(!run(&sandbox, node, &[&script, &broken]).status.success());
    let files = workflows(&sandbox);
    let files = files.iter().filter(|path| !path.ends_with("action.yml")).map(|path| path.to_str().unwrap());
    let arguments: Vec<&str> = std::iter::once(script.as_str()).chain(files).collect();
    passes(&run(&sandbox, node, &arguments));
}

/// The steps of a workflow's job or of an action that run something: name and text.
fn steps(path: &Path, at: &[&str]) -> Vec<(String, String)> {
    let held = fs::read_to_string(path).unwrap();
    let map = OffsetMap::identity();
    let parsed = yaml::parse(Input { path: "steps.yml", text: &held, map: &map });
    let steps = parsed.root().unwrap().path(at).unwrap();
    let word = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    steps
        .items()
        .iter()
        .map(|s| (word(s, "name"), word(s, "run")))
        .filter(|(_, run)| !run.is_empty())
        .collect()
}

fn bash(sandbox: &Sandbox, script: &str, variables: &[(&str, &str)]) -> Output {
    Command::new("bash")
        .args(["-e", "-o", "pipefail", "-c", script])
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .env("PATH", path())
        .env("HOME", sandbox.at(""))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("CI", "true")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

#[test]
fn the_steps_of_the_job_that_init_makes_pass_and_fail_as_the_check_does() {
    let sandbox = shop(&[]);
    let steps = steps(&sandbox.at("shop/.github/workflows/guard.yml"), &["jobs", "guard", "steps"]);
    let [(_, install), (_, check)] = steps.as_slice() else { panic!("{steps:?}") };
    // This guard was installed from nowhere, so the job looks for the program.
    passes(&bash(&sandbox, install, &[]));
    passes(&bash(&sandbox, check, &[]));
    sandbox.commit("shop", "ops/clean.sh", BAD);
    let done = bash(&sandbox, check, &[]);
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done).contains("::error file=ops/clean.sh"), "{}", text(&done));
}

#[test]
fn the_steps_of_the_action_pass_and_fail_as_the_check_does_and_write_sarif() {
    let sandbox = shop(&[]);
    let steps = steps(&root().join("action.yml"), &["runs", "steps"]);
    let [(_, build), (_, check)] = steps.as_slice() else { panic!("{steps:?}") };
    assert!(build.contains("cargo build --release --locked"), "{build}");
    fs::create_dir_all(sandbox.at("runner/guard/release")).unwrap();
    // A copy could still be open for writing in the child of another test, and would not start.
    std::os::unix::fs::symlink(GUARD, sandbox.at("runner/guard/release/guard")).unwrap();
    // One that stands in front on the PATH is not taken.
    sandbox.write("bin/guard", "#!/bin/sh\nexit 0\n");
    let runner = sandbox.at("runner").display().to_string();
    let variables = [("RUNNER_TEMP", runner.as_str()), ("SARIF", "out.sarif")];
    passes(&bash(&sandbox, check, &variables));
    sandbox.commit("shop", "ops/clean.sh", BAD);
    let done = bash(&sandbox, check, &variables);
    assert_eq!(done.status.code(), Some(1), "{}", text(&done));
    let sarif: serde_json::Value =
        serde_json::from_slice(&fs::read(sandbox.at("shop/out.sarif")).unwrap()).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(root().join("tests/schema/sarif-2.1.0.json")).unwrap())
            .unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&sarif).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "contract/undeclared-mutation");
}
