//! Small repositories with pipelines of other providers, platforms' files, and sources in Ruby, PHP
//! and Go, each with a known answer: `cases_platforms/<name>/` holds one each, laid over the
//! repository that `base` of its `expect.toml` names.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use serde_json::Value;

fn run(program: &str, arguments: &[&str], repo: &Path) -> Vec<u8> {
    Command::new(program).args(arguments).current_dir(repo).output().expect("it starts").stdout
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder").map(|e| e.expect("an entry")) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file");
        }
    }
}

fn findings(case: &Path, base: Option<&str>) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let repo = folder.path().join("repo");
    if let Some(base) = base {
        copy(&case.with_file_name(format!("_{base}")), &repo);
    }
    copy(&case.join("repo"), &repo);
    run("git", &["init", "-q", "-b", "main"], &repo);
    run("git", &["add", "-A", "-f"], &repo);
    run("git", &["-c", "user.name=c", "-c", "user.email=c@example.invalid", "commit", "-qm", "case"], &repo);
    let guard = env!("CARGO_BIN_EXE_guard");
    run(guard, &["contract", "freeze"], &repo);
    let out: Value =
        serde_json::from_slice(&run(guard, &["check", "--format", "json"], &repo)).expect("it is JSON");
    out["findings"].as_array().expect("a list").clone()
}

fn meets(row: &toml::Value, found: &Value) -> bool {
    let rule = found["rule"].as_str();
    row["any"].as_array().expect("a list").iter().any(|one| one.as_str() == rule)
        && row.get("path").is_none_or(|path| path.as_str() == found["path"].as_str())
        && row.get("lines").and_then(toml::Value::as_array).is_none_or(|lines| {
            let line = found["line"].as_i64();
            lines[0].as_integer() <= line && line <= lines[1].as_integer()
        })
}

fn problems(case: &Path) -> Vec<String> {
    let name = case.file_name().expect("a name").to_string_lossy().into_owned();
    let text = fs::read_to_string(case.join("expect.toml")).expect("it is there");
    let want: toml::Table = text.parse().expect("it is TOML");
    let list = |key: &str| want.get(key).and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let base = want.get("base").and_then(toml::Value::as_str);
    let (rows, clean, found) = (list("expect"), list("clean"), findings(case, base));
    let missed = rows
        .iter()
        .filter(|row| !found.iter().any(|f| meets(row, f)))
        .map(|row| format!("{name}: missed {}", row["any"]));
    let wrong = found
        .iter()
        .filter(|f| {
            let category = f["rule"].as_str().and_then(|rule| rule.split('/').next());
            clean.iter().any(|c| c.as_str() == category) && !rows.iter().any(|row| meets(row, f))
        })
        .map(|f| format!("{name}: false {} at {}:{}: {}", f["rule"], f["path"], f["line"], f["message"]));
    missed.chain(wrong).collect()
}

#[test]
fn every_attack_is_found_and_every_look_alike_is_silent() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases_platforms");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(root).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    cases.retain(|case| case.join("expect.toml").is_file());
    cases.sort();
    assert!(!cases.is_empty());
    let all: Vec<String> = cases.par_iter().flat_map_iter(|case| problems(case)).collect();
    assert!(all.is_empty(), "{}", all.join("\n"));
}
