//! Every sample of `rules/knowledge/foreign/` as a script of a repository: what it says that a call
//! does is found, and what it says to be harmless is silent.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

use std::fs;
use std::process::Command;

use guard::knowledge::foreign;
use serde_json::Value;

/// The frame that makes a sample a program, and its file's ending.
fn program(language: &str, source: &str) -> (String, &'static str) {
    match language {
        "ruby" => (format!("{source}\n"), "rb"),
        "php" => (format!("<?php\n{source}\n"), "php"),
        _ => {
            let (outer, inner) = if source.starts_with("const ") {
                source.split_once('\n').expect("two lines")
            } else {
                ("", source)
            };
            (format!("package main\n\n{outer}\n\nfunc main() {{\n\t{inner}\n}}\n"), "go")
        }
    }
}

#[test]
fn every_sample_is_found_and_every_look_alike_is_silent() {
    let folder = tempfile::tempdir().expect("a folder");
    let repo = folder.path();
    let mut want: Vec<(String, Vec<String>, String)> = Vec::new();
    for file in foreign::files() {
        for (index, sample) in file.sample.iter().enumerate() {
            let (text, ending) = program(&file.language, &sample.source);
            let path = format!("cmd/{}{index}/main.{ending}", file.language);
            fs::create_dir_all(repo.join(&path).parent().expect("a folder")).expect("a folder");
            fs::write(repo.join(&path), text).expect("a file");
            want.push((path, sample.effects.clone(), sample.source.clone()));
        }
    }
    let git = |arguments: &[&str]| {
        Command::new("git").args(arguments).current_dir(repo).output().expect("git starts");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    let done = Command::new(env!("CARGO_BIN_EXE_guard"))
        .args(["check", "--format", "json"])
        .current_dir(repo)
        .output()
        .expect("guard starts");
    let out: Value = serde_json::from_slice(&done.stdout).expect("it is JSON");
    let found = out["findings"].as_array().expect("a list");
    let mut wrong = Vec::new();
    for (path, effects, source) in want {
        let of_file: Vec<&str> = found
            .iter()
            .filter(|f| {
                f["path"] == path.as_str() && f["rule"].as_str().is_some_and(|r| !r.starts_with("workflow/"))
            })
            .filter_map(|f| f["message"].as_str())
            .collect();
        for effect in &effects {
            if !of_file.iter().any(|message| message.contains(effect.as_str())) {
                wrong.push(format!("missed `{effect}` in\n{source}\n   said: {of_file:?}"));
            }
        }
        if effects.is_empty() && !of_file.is_empty() {
            wrong.push(format!("false alarm in\n{source}\n   said: {of_file:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
