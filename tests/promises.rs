//! The promises of `docs/promises.md`: that each names tests which exist, and those that no other file proves.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should end")]

mod kit;
mod sandbox;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use sandbox::Sandbox;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `file.rs::name` is a test of that name in that file, `tests/cases/x` a case, `rules/a/b.md` a page
/// whose examples are tests.
fn exists(reference: &str) -> bool {
    if let Some((file, name)) = reference.split_once("::") {
        let text = fs::read_to_string(root().join(file)).unwrap_or_default();
        let marked = |before: &str| before.trim_end().ends_with("#[test]") || before.contains("proptest!");
        return text.split_once(&format!("fn {name}(")).is_some_and(|(before, _)| marked(before));
    }
    let path = root().join(reference);
    match path.extension().and_then(|e| e.to_str()) {
        Some("md") => reference.starts_with("rules/") && path.is_file(),
        _ => path.join("expect.toml").is_file() && path.join("repo").is_dir(),
    }
}

#[test]
fn every_promise_names_tests_that_exist_or_says_what_it_waits_for() {
    let text = fs::read_to_string(root().join("docs/promises.md")).unwrap();
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("| R") || line.starts_with("| M"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let named: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
    for (part, numbers) in [(1, 28), (2, 20), (3, 34), (4, 20)] {
        for number in 1..=numbers {
            assert!(named.contains(format!("R{part}.{number}").as_str()), "R{part}.{number} has no row");
        }
    }
    let mut wrong = Vec::new();
    for row in &rows {
        let references: Vec<&str> = row[2].split('`').skip(1).step_by(2).collect();
        let open = row[2].contains("open:");
        if references.is_empty() && !open {
            wrong.push(format!("{} is proven by nothing", row[0]));
        }
        let missing = references.iter().filter(|reference| !exists(reference));
        wrong.extend(missing.map(|reference| format!("{}: there is no {reference}", row[0])));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_reference_to_nothing_does_not_exist() {
    assert!(exists("tests/promises.rs::a_reference_to_nothing_does_not_exist"));
    for wrong in ["tests/promises.rs::exists", "tests/promises.rs::no_such", "tests/cases/none", "README.md"]
    {
        assert!(!exists(wrong), "{wrong}");
    }
}

/// What guard calls a guarded script is one: a shell runs it, and a `npx` stands by that writes down
/// whether it was started.
#[test]
fn a_script_that_passes_the_check_stops_when_it_is_run_by_hand() {
    let mut tried = 0;
    for (name, case) in kit::cases::benign("cases_ops") {
        let script = case.path().join("scripts/deploy-db.sh");
        if !script.is_file() {
            continue;
        }
        let (bin, ran) = (case.path().join("bin"), case.path().join("ran"));
        fs::create_dir(&bin).unwrap();
        fs::write(bin.join("npx"), format!("#!/bin/sh\ntouch '{}'\n", ran.display())).unwrap();
        fs::set_permissions(bin.join("npx"), fs::Permissions::from_mode(0o755)).unwrap();
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        for ci in [None, Some("1"), Some("TRUE"), Some("false"), Some(""), Some("true")] {
            let done = Command::new("bash")
                .arg(&script)
                .current_dir(case.path())
                .env_clear()
                .env("PATH", &path)
                .env("HOME", case.path())
                // Of no environment: where CI lets it through, the fingerprint does not.
                .env("DATABASE_URL", "postgres://me@localhost/mine")
                .envs(ci.map(|value| ("CI", value)))
                .output()
                .unwrap();
            assert_eq!(done.status.code(), Some(1), "{name} with CI {ci:?}: {done:?}");
            assert!(!ran.exists(), "{name} with CI {ci:?} migrated");
        }
        tried += 1;
    }
    assert!(tried >= 8, "only {tried} scripts were tried");
}

fn findings(sandbox: &Sandbox) -> Vec<(String, String)> {
    let done = Command::new(env!("CARGO_BIN_EXE_guard"))
        .args(["check", "--format", "json"])
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .envs(sandbox.environment().iter())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    let said: Value = serde_json::from_slice(&done.stdout).unwrap();
    let found = said["findings"].as_array().unwrap();
    assert_eq!(done.status.code(), Some(i32::from(!found.is_empty())));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    found.iter().map(|f| (text(&f["rule"]), text(&f["path"]))).collect()
}

fn shell_shop(guards: &str) -> Sandbox {
    let it = Sandbox::repository();
    let shared = root().join("tests/cases_ops/shared");
    for path in ["contract/mutation.toml", "contract/allowed_signers"] {
        it.write(&format!("shop/{path}"), fs::read(shared.join(path)).unwrap());
    }
    it.write("shop/scripts/lib/guards.sh", guards);
    let script = root().join("tests/cases_ops/bn-ret/repo/scripts/deploy-db.sh");
    it.write("shop/scripts/deploy-db.sh", fs::read(script).unwrap());
    it.git("shop", &["add", "-A"]);
    it.git("shop", &["commit", "-q", "-m", "shop"]);
    it
}

const PREFIXES: [&str; 10] = [
    "SKIP_",
    "BYPASS_",
    "ALLOW_",
    "DISABLE_",
    "OVERRIDE_",
    "FORCE_",
    "IGNORE_",
    "EMERGENCY_",
    "TEMP_",
    "HACK_",
];

#[test]
fn what_decides_whether_a_guard_runs_is_found_whatever_it_is_called() {
    let guards = fs::read_to_string(root().join("tests/cases_ops/shared/scripts/lib/guards.sh")).unwrap();
    for name in PREFIXES.into_iter().map(|prefix| format!("{prefix}CHECKS")).chain(["HURRY".to_owned()]) {
        let switch = format!("require_ci() {{\n  if [ \"${{{name}:-}}\" = \"1\" ]; then return 0; fi\n");
        let it = shell_shop(&guards.replacen("require_ci() {\n", &switch, 1));
        let found = findings(&it);
        assert!(found.iter().any(|(rule, _)| rule == "bypass/env-switch"), "{name}: {found:?}");
    }
}

#[test]
fn the_same_words_in_comments_and_texts_are_silent() {
    let guards = fs::read_to_string(root().join("tests/cases_ops/shared/scripts/lib/guards.sh")).unwrap();
    let words = PREFIXES.map(|prefix| format!("{prefix}CHECKS")).join(" ");
    let spoken = format!(
        "# There is no {words} here.\nrequire_ci() {{\n  # {words}\n  echo 'there is no {words}' >&2\n  local note=\"{words}\"\n"
    );
    let it = shell_shop(&guards.replacen("require_ci() {\n", &spoken, 1));
    let found = findings(&it);
    let loud = |rule: &str| rule.starts_with("bypass/") || rule.starts_with("guard/");
    assert!(!found.iter().any(|(rule, _)| loud(rule)), "{found:?}");
}

#[test]
fn a_script_is_found_wherever_it_lies_and_whatever_it_is_called() {
    let it = Sandbox::repository();
    it.write(
        "shop/contract/mutation.toml",
        "version = 1\n\n[environments]\nknown = [\"dev\", \"prod\"]\nprotected = [\"prod\"]\n",
    );
    let shell = "#!/usr/bin/env bash\npsql \"$DATABASE_URL\" -c 'DELETE FROM users'\n";
    let script = "import { Client } from \"pg\";\nconst client = new Client();\nawait client.query(\"DELETE FROM users\");\n";
    let places = [
        ("x.sh", shell),
        ("scripts/deep/er/still/x.bash", shell),
        (".hidden/x.sh", shell),
        ("bin/no-extension", shell),
        ("backup/x.ksh", shell),
        ("docs/x.sh", shell),
        ("node/x.mjs", script),
        ("packages/one/scripts/x.mts", script),
        ("tools/x.ts", script),
        ("db/seed.js", script),
        (
            "app/jobs/x.cjs",
            "const { Client } = require(\"pg\");\nnew Client().query(\"DELETE FROM users\");\n",
        ),
    ];
    for (path, text) in places {
        it.write(&format!("shop/{path}"), text);
    }
    let found = findings(&it);
    for (path, _) in places {
        let named = found.iter().any(|(rule, at)| rule == "contract/undeclared-mutation" && at == path);
        assert!(named, "{path}: {found:#?}");
    }
}
