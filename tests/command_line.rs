//! What the command line promises: exit codes, and answers that need no repository and no network.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

use assert_cmd::Command;

fn guard(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guard"));
    command.args(arguments).env_clear();
    command
}

fn stdout(arguments: &[&str]) -> String {
    let done = guard(arguments).assert().code(0);
    String::from_utf8(done.get_output().stdout.clone()).expect("it is text")
}

fn stderr(arguments: &[&str], code: i32) -> String {
    let done = guard(arguments).assert().code(code);
    String::from_utf8(done.get_output().stderr.clone()).expect("it is text")
}

#[test]
fn wrong_usage_is_64() {
    for arguments in [
        &[][..],
        &["chek"],
        &["check", "--skip"],
        &["check", "--format", "xml"],
        &["check", "--output", "json"],
        &["check", "--output", "xml=a"],
        &["check", "--output", "json=-"],
        &["contract"],
        &["contract", "approve", "--key"],
        &["check", "--output", "json=a", "--output", "sarif=a"],
        &["rules", "--format", "sarif"],
        &["completions", "tcsh"],
    ] {
        guard(arguments).assert().code(64);
    }
}

#[test]
fn wrong_usage_is_one_object_where_one_is_asked_for() {
    for arguments in [
        &["migrate", "--env", "prod", "--plan", "--status", "--format", "json"][..],
        &["migrate", "--format=json"],
        &["run", "--env", "dev", "--format", "json"],
        &["fingerprint", "init", "--format", "json", "--force"],
    ] {
        let done = guard(arguments).assert().code(64);
        let told: serde_json::Value =
            serde_json::from_slice(&done.get_output().stdout).expect("it is one object");
        assert_eq!(
            (&told["outcome"], &told["code"]),
            (&"refused".into(), &serde_json::Value::Null),
            "{told}"
        );
        assert!(told["message"].as_str().is_some_and(|message| !message.is_empty()), "{told}");
        assert!(told["next"].is_array() && told["details"].is_object(), "{told}");
    }
    // What stands behind `--` is the command's own.
    let done = guard(&["run", "--", "x", "--format", "json"]).assert().code(64);
    assert!(done.get_output().stdout.is_empty());
}

#[test]
fn help_and_version_are_answers() {
    for arguments in
        [&["--help"][..], &["-h"], &["--version"], &["check", "--help"], &["contract", "freeze", "-h"]]
    {
        assert!(!stdout(arguments).is_empty());
    }
}

#[test]
fn help_teaches_examples_and_exit_codes() {
    for arguments in [&["--help"][..], &["check", "--help"]] {
        let help = stdout(arguments);
        assert!(help.contains("Examples:") && help.contains("64"), "{help}");
    }
}

#[test]
fn there_is_no_way_to_turn_a_rule_off() {
    let help = stdout(&["check", "--help"]).to_lowercase();
    for word in ["--skip", "--force", "--ignore", "--exclude", "--allow", "--disable", "--exit-zero"] {
        assert!(!help.contains(word), "{word}");
    }
}

#[test]
fn explain_prints_the_page_without_colour_into_a_pipe() {
    let page = stdout(&["explain", "bypass/env-switch"]);
    assert!(page.contains("scripts/rename.ts") && page.contains("SKIP_CI_CHECK"), "{page}");
    assert!(!page.contains('\u{1b}'));
    assert_eq!(stdout(&["explain", "env-switch"]), page);
}

#[test]
fn explain_colours_where_colour_is_asked_for() {
    let done = guard(&["explain", "bypass/env-switch"]).env("CLICOLOR_FORCE", "1").assert().code(0);
    assert!(done.get_output().stdout.contains(&0x1b));
}

#[test]
fn an_unknown_rule_names_its_neighbours() {
    let said = stderr(&["explain", "bypass/env-swich"], 64);
    assert!(said.contains("did you mean bypass/env-switch"), "{said}");
}

#[test]
fn a_rule_that_is_like_none_is_told_how_rules_are_called() {
    let said = stderr(&["explain", "nope"], 64);
    for word in ["category/name", "contract", "guard", "bypass", "workflow", "guard rules"] {
        assert!(said.contains(word), "{word}: {said}");
    }
}

#[test]
fn standard_output_is_no_file_for_an_output() {
    let said = stderr(&["check", "--output", "json=-"], 64);
    assert!(said.contains("--format") && !std::path::Path::new("-").exists(), "{said}");
}

#[test]
fn the_list_of_rules_is_whole_in_both_forms() {
    let rows: serde_json::Value =
        serde_json::from_str(&stdout(&["rules", "--format", "json"])).expect("it is JSON");
    let rows = rows.as_array().expect("a list").clone();
    assert_eq!(rows.len(), guard::rules::registry::RULES.len());
    let text = stdout(&["rules"]);
    for row in rows {
        assert!(text.contains(row["rule"].as_str().expect("an id")));
    }
}

#[test]
fn schemas_completions_and_the_man_page_are_there() {
    for of in ["contract", "config", "check", "map", "prove"] {
        let schema: serde_json::Value = serde_json::from_str(&stdout(&["schema", of])).expect("it is JSON");
        assert!(jsonschema::validator_for(&schema).is_ok() && schema["title"].is_string(), "{of}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&["completions", shell]).contains("explain"), "{shell}");
    }
    assert!(stdout(&["man"]).contains(".TH guard"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_guard"))
        .args(["completions", "bash"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let done = child.wait_with_output().expect("it ends");
    assert_eq!(done.status.code(), Some(0));
    assert!(done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn every_schema_accepts_what_this_repository_writes_itself() {
    let read = |path: &str| {
        std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).expect("it is there")
    };
    let schema: serde_json::Value =
        serde_json::from_str(&stdout(&["schema", "contract"])).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for path in ["contract/mutation.toml", "tests/kit/contract/mutation.toml"] {
        let contract: toml::Value = toml::from_str(&read(path)).expect("it is TOML");
        let contract = serde_json::to_value(contract).expect("it is plain data");
        let errors: Vec<String> = validator.iter_errors(&contract).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{path}: {errors:?}");
    }
    let wrong: toml::Value = toml::from_str("version = 1\nprotectd = []\n").expect("it is TOML");
    assert!(!validator.is_valid(&serde_json::to_value(wrong).expect("it is plain data")));
}
