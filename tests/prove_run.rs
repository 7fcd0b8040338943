//! Proof by starting: every protected script ends before it connects, or it is said why that is not shown.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::process::Command;

use sandbox::Sandbox;
use serde_json::Value;

const ENVIRONMENTS: &str = "\
version = 1

[environments]
known     = [\"dev\", \"prod\"]
protected = [\"prod\"]

[environments.prod]
database = \"DATABASE_URL\"
";

/// Where this machine's cargo finds its toolchain, which is not in the home of the sandbox.
fn toolchain() -> Vec<(&'static str, String)> {
    let home = std::env::var("HOME").unwrap_or_default();
    let held = |name, usual: &str| (name, std::env::var(name).unwrap_or_else(|_| format!("{home}/{usual}")));
    let chosen = std::env::var("RUSTUP_TOOLCHAIN").ok().map(|name| ("RUSTUP_TOOLCHAIN", name));
    [held("CARGO_HOME", ".cargo"), held("RUSTUP_HOME", ".rustup")].into_iter().chain(chosen).collect()
}

/// What starting the scripts showed, and how it ended.
fn runs(sandbox: &Sandbox, contract: &str) -> (Vec<Value>, i32) {
    sandbox.write("shop/contract/mutation.toml", format!("{ENVIRONMENTS}{contract}"));
    assert!(sandbox.guard(&["contract", "freeze"]).status.success());
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "frozen"]);
    let done = Command::new(env!("CARGO_BIN_EXE_guard"))
        .args(["prove", "--run", "--format", "json"])
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .envs(sandbox.environment().iter())
        .envs(toolchain())
        .output()
        .expect("guard starts");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let proof: Value = serde_json::from_slice(&done.stdout).expect(&said);
    (proof["runs"].as_array().expect("a list").clone(), done.status.code().expect("a code"))
}

const GUARDED: &str = "\
use std::process::Command;

fn main() -> Result<(), String> {
    if std::env::var(\"CI\").as_deref() != Ok(\"true\") {
        return Err(\"this runs in CI only\".to_owned());
    }
    let checked = Command::new(\"guard\").args([\"fingerprint\", \"verify\", \"prod\"]).status();
    if !checked.map_err(|e| e.to_string())?.success() {
        return Err(\"another database\".to_owned());
    }
    let status = Command::new(\"sqlx\").args([\"migrate\", \"run\"]).status().map_err(|e| e.to_string())?;
    if !status.success() {
        return Err(\"the migrations failed\".to_owned());
    }
    Ok(())
}
";
const RUST: &str = "\n[[script]]\npath = \"src/bin/migrate.rs\"\nenvironment = \"prod\"\ncommands = [\"sqlx migrate run\"]\n";

fn package(sandbox: &Sandbox, dependencies: &str) {
    let manifest = format!(
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\n{dependencies}"
    );
    sandbox.write("shop/Cargo.toml", manifest);
    let lock = "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\n";
    sandbox.write("shop/Cargo.lock", lock);
    sandbox.write("shop/src/bin/migrate.rs", GUARDED);
    sandbox.write("shop/.gitignore", "target/\n");
}

#[test]
fn a_script_in_rust_is_built_without_a_network_and_started() {
    let sandbox = Sandbox::repository();
    package(&sandbox, "");
    let (found, exit) = runs(&sandbox, RUST);
    let run = &found[0];
    assert_eq!((run["stopped"].as_bool(), run["exit"].as_i64(), exit), (Some(true), Some(1), 0), "{run}");
    assert!(run["note"].as_str().unwrap().contains("this runs in CI only"), "{run}");
    assert_eq!(sandbox.git("shop", &["status", "--porcelain", "--ignored"]), "", "nothing is left behind");
}

#[test]
fn a_script_in_rust_that_cannot_be_built_here_is_not_proven() {
    let sandbox = Sandbox::repository();
    package(&sandbox, "no-such-crate-anywhere = \"1\"\n");
    let (found, exit) = runs(&sandbox, RUST);
    let run = &found[0];
    assert_eq!((run["stopped"].as_bool(), exit), (Some(false), 1), "{run}");
    assert!(run["note"].as_str().unwrap().contains("could not build it without a network"), "{run}");
}

#[test]
fn what_a_wrapper_guards_is_started_through_it() {
    let sandbox = Sandbox::repository();
    sandbox.write(
        "shop/scripts/fix.sh",
        "#!/bin/sh\nset -eu\npsql \"$DATABASE_URL\" -v ON_ERROR_STOP=1 -c \"UPDATE items SET name = 'x'\"\n",
    );
    sandbox.write("shop/Makefile", "fix:\n\tguard migrate --env prod -- scripts/fix.sh\n");
    let contract = "\n[[script]]\npath = \"scripts/fix.sh\"\nenvironment = \"prod\"\nenforced = \"wrapper\"\n[script.tables.items]\noperations = [\"update\"]\n";
    let (found, exit) = runs(&sandbox, contract);
    let run = &found[0];
    assert_eq!((run["stopped"].as_bool(), exit), (Some(true), 0), "{run}");
    assert!(run["command"].as_str().unwrap().starts_with("guard migrate --env prod -- "), "{run}");
}

#[test]
fn a_language_that_nothing_here_starts_is_not_proven() {
    let sandbox = Sandbox::repository();
    let script = "\
$ErrorActionPreference = \"Stop\"
if ($env:CI -cne \"true\") { throw \"this runs in CI only\" }
guard fingerprint verify prod
if ($LASTEXITCODE -ne 0) { exit 1 }
sqlx migrate run
if ($LASTEXITCODE -ne 0) { exit 1 }
";
    sandbox.write("shop/scripts/Deploy.ps1", script);
    let contract = "\n[[script]]\npath = \"scripts/Deploy.ps1\"\nenvironment = \"prod\"\ncommands = [\"sqlx migrate run\"]\n";
    let (found, exit) = runs(&sandbox, contract);
    let run = &found[0];
    // Where PowerShell is installed, the script stops by itself.
    if run["stopped"] == true {
        assert_eq!((run["exit"].as_i64(), exit), (Some(1), 0), "{run}");
    } else {
        assert_eq!(exit, 1, "{run}");
        assert!(run["note"].as_str().unwrap().contains("pwsh is not installed here"), "{run}");
    }
}
