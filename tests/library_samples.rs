//! Runs every sample of `rules/knowledge/libraries/` through the engine, each as a program of its own:
//! it has the effects that it says, and no others.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should end")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    sample: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    language: String,
    text: String,
    effects: Vec<String>,
}

fn samples() -> BTreeMap<String, Sample> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/knowledge/libraries");
    let mut out = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let library = path.file_stem().unwrap().to_string_lossy().into_owned();
        let file: File = toml::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert!(!file.sample.is_empty(), "{library} has no sample");
        for (index, sample) in file.sample.into_iter().enumerate() {
            out.insert(format!("{library}-{index}.{}", sample.language), sample);
        }
    }
    out
}

/// As `Effect::describe` says it.
fn describe(effect: &serde_json::Value) -> String {
    let mut out = effect["operation"].as_str().unwrap().to_owned();
    if let Some(table) = effect["table"].as_str() {
        out = format!("{out} {table}");
    }
    let columns: Vec<&str> =
        effect["columns"].as_array().into_iter().flatten().filter_map(|c| c.as_str()).collect();
    if columns.is_empty() { out } else { format!("{out}({})", columns.join(", ")) }
}

#[test]
fn every_sample_of_a_library_does_what_it_says() {
    let samples = samples();
    let folder = tempfile::tempdir().unwrap();
    for (name, sample) in &samples {
        fs::write(folder.path().join(name), &sample.text).unwrap();
    }
    let done = Command::new(env!("CARGO_BIN_EXE_guard"))
        .args(["check", "--format", "json"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for finding in said["findings"].as_array().unwrap() {
        let effects = finding["effects"].as_array().into_iter().flatten();
        found.entry(finding["path"].as_str().unwrap()).or_default().extend(effects.map(describe));
    }
    let mut wrong = Vec::new();
    for (name, sample) in &samples {
        let mut have = found.remove(name.as_str()).unwrap_or_default();
        let mut want = sample.effects.clone();
        have.sort_unstable();
        have.dedup();
        want.sort_unstable();
        want.dedup();
        if have != want {
            wrong.push(format!("{name}: said {have:?}, wanted {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
