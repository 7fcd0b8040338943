//! Proof by planting: what is planted is caught at its place, and what is not caught is told.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::path::Path;
use std::time::{Duration, Instant};

use sandbox::Sandbox;
use serde_json::Value;

const CONTRACT: &str = r#"version = 1

[environments]
known     = ["dev", "prod"]
protected = ["prod"]

[guards]
ci          = ["lib/ci.ts#requireCi"]
fingerprint = ["lib/fingerprint.ts#requireFingerprint"]

[[script]]
path        = "scripts/rename.ts"
environment = "prod"
[script.tables.services]
operations  = ["update"]
columns     = ["name"]

[[script]]
path        = "scripts/deploy.sh"
environment = "prod"
commands    = ["prisma migrate deploy"]

[forbidden]
operations = ["delete", "truncate", "drop", "raw-sql", "bulk-import"]
"#;

const DEPLOY: &str = "\
#!/usr/bin/env bash
set -euo pipefail
[[ \"${CI:-}\" == \"true\" ]] || { echo \"this runs in CI only\" >&2; exit 1; }
guard fingerprint verify prod
npx prisma migrate deploy
";

fn shop() -> Sandbox {
    let sandbox = Sandbox::repository();
    let kit = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kit");
    for path in ["lib/ci.ts", "lib/fingerprint.ts", "scripts/rename.ts"] {
        sandbox.write(&format!("shop/{path}"), std::fs::read(kit.join(path)).expect("the kit is there"));
    }
    sandbox.write("shop/scripts/deploy.sh", DEPLOY);
    sandbox.write("shop/package.json", "{\n  \"scripts\": { \"deploy\": \"bash scripts/deploy.sh\" }\n}\n");
    let workflow = "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - name: Deploy\n        run: bash scripts/deploy.sh\n";
    sandbox.write("shop/.github/workflows/deploy.yml", workflow);
    sandbox.commit("shop", "contract/mutation.toml", CONTRACT);
    sandbox
}

/// The proof, and how it ended.
fn prove(sandbox: &Sandbox, more: &[&str]) -> (Value, i32) {
    let arguments: Vec<&str> = ["prove", "--format", "json"].iter().chain(more).copied().collect();
    let done = sandbox.guard(&arguments);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    (serde_json::from_slice(&done.stdout).expect(&said), done.status.code().expect("a code"))
}

fn survivors(proof: &Value) -> Vec<String> {
    let plants = proof["plants"].as_array().expect("a list").iter();
    plants.filter(|p| p["fate"] == "survived").map(ToString::to_string).collect()
}

#[test]
fn every_plant_in_a_guarded_repository_is_caught_where_it_is() {
    let sandbox = shop();
    let before = sandbox.git("shop", &["status", "--porcelain"]);
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((survivors(&proof), exit), (Vec::new(), 0), "{proof:#}");
    assert_eq!(proof["holds"], true);
    assert_eq!((proof["scripts"].as_u64(), proof["guards"].as_u64()), (Some(2), Some(2)));
    assert_eq!(before, sandbox.git("shop", &["status", "--porcelain"]), "nothing is written");
    // A plant that is written is caught in its own line.
    let plants = proof["plants"].as_array().unwrap();
    let switch = plants.iter().find(|p| p["kind"] == "variable that switches the guard off").unwrap();
    let at = format!("{}:{}", switch["path"].as_str().unwrap(), switch["line"]);
    assert_eq!(
        (switch["rule"].as_str(), switch["at"].as_str()),
        (Some("bypass/env-switch"), Some(at.as_str()))
    );
}

#[test]
fn the_kinds_that_are_planted_in_each_language() {
    let (proof, _) = prove(&shop(), &[]);
    let mut lines: Vec<String> = proof["plants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            let word = |name: &str| p[name].as_str().unwrap_or("script").to_owned();
            format!("{}  {}  {}  {}", word("path"), word("guard"), word("kind"), word("rule"))
        })
        .collect();
    lines.sort();
    lines.dedup();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_person_sees_counts_and_that_nothing_survived() {
    let done = shop().guard(&["prove"]);
    assert_eq!(done.status.code(), Some(0));
    insta::assert_snapshot!(String::from_utf8(done.stdout).expect("text"));
}

#[test]
fn the_json_is_as_its_schema_says() {
    let sandbox = shop();
    let schema = String::from_utf8(sandbox.guard(&["schema", "prove"]).stdout).expect("text");
    let validator =
        jsonschema::validator_for(&serde_json::from_str(&schema).expect("JSON")).expect("a schema");
    let (proof, _) = prove(&sandbox, &[]);
    let errors: Vec<String> = validator.iter_errors(&proof).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn a_script_with_a_hole_is_not_proven() {
    let sandbox = shop();
    sandbox.write("shop/scripts/deploy.sh", DEPLOY.replace("[[ \"${CI", "[[ -n \"${SKIP:-}\" || \"${CI"));
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((exit, proof["holds"].as_bool()), (1, Some(false)));
    let unproven = proof["unproven"].as_array().unwrap();
    assert!(unproven.iter().any(|u| u["script"] == "scripts/deploy.sh"), "{unproven:?}");
}

#[test]
fn without_a_contract_there_is_nothing_to_prove_and_that_is_said() {
    let sandbox = Sandbox::repository();
    sandbox.commit("shop", "README.md", "nothing\n");
    let done = sandbox.guard(&["prove"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("guard contract init"));
}

#[test]
fn ten_thousand_files_more_cost_seconds() {
    let sandbox = shop();
    for number in 0..10_000 {
        let text =
            format!("export const value{number} = {{ name: \"n{number}\", update: () => {number} }};\n");
        sandbox.write(&format!("shop/src/part{}/module{number}.ts", number % 100), text);
    }
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "large"]);
    let start = Instant::now();
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((survivors(&proof), exit), (Vec::new(), 0));
    assert!(proof["plants"].as_array().unwrap().len() > 50);
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}

const PROGRAM: &str = "\
set -euo pipefail
[[ \"${CI:-}\" == \"true\" ]] || { echo \"this runs in CI only\" >&2; exit 3; }
guard fingerprint verify prod
npx prisma migrate deploy
";

fn runs(program: &str) -> (Value, i32) {
    let sandbox = Sandbox::repository();
    sandbox.write("shop/scripts/deploy.sh", program);
    let contract = CONTRACT.replace("[[script]]\npath        = \"scripts/rename.ts\"\nenvironment = \"prod\"\n[script.tables.services]\noperations  = [\"update\"]\ncolumns     = [\"name\"]\n", "");
    let guards = contract.find("[guards]").unwrap()..contract.find("[[script]]").unwrap();
    let contract = format!("{}{}", &contract[..guards.start], &contract[guards.end..]);
    sandbox.commit("shop", "contract/mutation.toml", &contract);
    let (proof, exit) = prove(&sandbox, &["--run"]);
    (proof["runs"][0].clone(), exit)
}

#[test]
fn a_guarded_script_stops_by_itself_where_it_is_started_without_ci() {
    let (run, exit) = runs(PROGRAM);
    assert_eq!((run["stopped"].as_bool(), run["exit"].as_i64()), (Some(true), Some(3)), "{run}");
    assert_eq!((run["note"].as_str(), exit), (Some("this runs in CI only"), 0));
}

#[test]
fn a_script_that_connects_before_its_guard_is_seen_to() {
    let (run, exit) = runs(&PROGRAM.replace("[[", "(exec 3<>/dev/tcp/10.1.2.3/5432) 2>/dev/null || :\n[["));
    assert_eq!((run["stopped"].as_bool(), exit), (Some(false), 1), "{run}");
    assert!(run["note"].as_str().unwrap().contains("10.1.2.3 port 5432"), "{run}");
}

#[test]
fn a_script_that_ends_well_without_ci_or_for_want_of_a_program_shows_nothing() {
    let (run, exit) = runs(&PROGRAM.replace("exit 3", "exit 0"));
    assert_eq!((run["stopped"].as_bool(), exit), (Some(false), 1), "{run}");
    let (run, _) = runs(&PROGRAM.replace("[[", "no-such-program-here\n[["));
    assert_eq!(run["stopped"].as_bool(), Some(false), "{run}");
    assert!(run["note"].as_str().unwrap().contains("did not get to its guard"), "{run}");
}
