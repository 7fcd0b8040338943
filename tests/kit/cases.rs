//! Runs `guard check` over every small repository of a folder of cases, as the corpus is run: a copy
//! in a temporary folder, one commit, `contract freeze`, `check`, and a look at what it said.
//!
//! `tests/<folder>/<case>/` holds `expect.toml` and `repo/`. `tests/<folder>/shared/`, where there is
//! one, lies under every case and gives way to the files that the case brings itself; a case that
//! says `over = "name"` in its `expect.toml` lies over `tests/<folder>/<name>/` instead, one that says
//! `over = ""` over nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[allow(dead_code, reason = "for whoever reads the case")]
    title: String,
    kind: String,
    #[allow(dead_code, reason = "for whoever reads the case")]
    language: String,
    over: Option<String>,
    #[serde(default)]
    expect: Vec<Row>,
    #[serde(default)]
    clean: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    any: Vec<String>,
    path: Option<String>,
    lines: Option<[u64; 2]>,
}

struct Found {
    rule: String,
    path: String,
    line: u64,
}

impl Row {
    fn met_by(&self, found: &Found) -> bool {
        self.any.contains(&found.rule)
            && self.path.as_ref().is_none_or(|path| *path == found.path)
            && self.lines.is_none_or(|[first, last]| (first..=last).contains(&found.line))
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Nothing of the machine that runs the tests may decide what is said here, so only the path to the
/// programs is handed on.
fn run(program: &str, args: &[&str], directory: &Path) -> (Option<i32>, String) {
    let done = Command::new(program)
        .args(args)
        .current_dir(directory)
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .env("HOME", directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

fn findings(repo: &Path) -> Vec<Found> {
    let guard = env!("CARGO_BIN_EXE_guard");
    let commit = ["-c", "user.name=c", "-c", "user.email=c@example.invalid", "commit", "-qm", "case"];
    run("git", &["init", "-q", "-b", "main"], repo);
    run("git", &["add", "-A", "-f"], repo);
    run("git", &commit, repo);
    run(guard, &["contract", "freeze"], repo);
    let (status, text) = run(guard, &["check", "--format", "json"], repo);
    let said: serde_json::Value = serde_json::from_str(&text).unwrap();
    let found: Vec<Found> = said["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| Found {
            rule: f["rule"].as_str().unwrap().to_owned(),
            path: f["path"].as_str().unwrap_or_default().to_owned(),
            line: f["line"].as_u64().unwrap_or_default(),
        })
        .collect();
    assert_eq!(status, Some(i32::from(!found.is_empty())), "exit status and findings disagree");
    found
}

/// The files of a case, over those that it shares with others.
fn lay_out(root: &Path, case: &Path, over: Option<&str>, to: &Path) {
    match over {
        Some("") => {}
        Some(name) => copy(&root.join(name), to),
        None if root.join("shared").is_dir() => copy(&root.join("shared"), to),
        None => {}
    }
    copy(&case.join("repo"), to);
}

/// The cases of a folder that must be silent, laid out: name and files.
pub fn benign(folder: &str) -> Vec<(String, tempfile::TempDir)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let mut out = Vec::new();
    for case in all(&root) {
        let wanted: Wanted = toml::from_str(&fs::read_to_string(case.join("expect.toml")).unwrap()).unwrap();
        if wanted.kind == "benign" {
            let to = tempfile::tempdir().unwrap();
            lay_out(&root, &case, wanted.over.as_deref(), to.path());
            out.push((case.file_name().unwrap().to_string_lossy().into_owned(), to));
        }
    }
    out
}

fn all(root: &Path) -> Vec<PathBuf> {
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("expect.toml").is_file())
        .collect();
    cases.sort();
    cases
}

fn judge(root: &Path, case: &Path) -> Vec<String> {
    let text = fs::read_to_string(case.join("expect.toml")).unwrap();
    let wanted: Wanted = toml::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", case.display()));
    assert!(matches!(wanted.kind.as_str(), "attack" | "benign"), "{}", case.display());
    assert!(!(wanted.expect.is_empty() && wanted.clean.is_empty()), "{} wants nothing", case.display());
    let folder = tempfile::tempdir().unwrap();
    lay_out(root, case, wanted.over.as_deref(), folder.path());
    let found = findings(folder.path());
    let missed = wanted
        .expect
        .iter()
        .filter(|row| !found.iter().any(|f| row.met_by(f)))
        .map(|row| format!("missed {} in {:?} {:?}", row.any.join("|"), row.path, row.lines));
    let wrong = found
        .iter()
        .filter(|f| wanted.clean.iter().any(|c| f.rule.split('/').next() == Some(c)))
        .filter(|f| !wanted.expect.iter().any(|row| row.met_by(f)))
        .map(|f| format!("false {} at {}:{}", f.rule, f.path, f.line));
    let mut problems: Vec<String> = missed.chain(wrong).collect();
    if !problems.is_empty() {
        problems.extend(found.iter().map(|f| format!("  said {} at {}:{}", f.rule, f.path, f.line)));
    }
    problems
}

/// Judges every case of `tests/<folder>`; `CASE=name` narrows it to the cases whose name holds that,
/// for whoever writes one.
pub fn every_case_is_judged_as_it_says(folder: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let only = std::env::var("CASE").unwrap_or_default();
    let wanted = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains(&only));
    let cases: Vec<PathBuf> = all(&root).into_iter().filter(wanted).collect();
    assert!(!cases.is_empty(), "no cases in {folder}");
    let wrong: Vec<String> = cases
        .par_iter()
        .flat_map_iter(|case| {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            judge(&root, case).into_iter().map(move |problem| format!("{name}: {problem}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
