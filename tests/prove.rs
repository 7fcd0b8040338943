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
    sandbox.write("shop/.github/workflows/deploy.yml", WORKFLOW);
    frozen(&sandbox, CONTRACT);
    sandbox
}

const WORKFLOW: &str = "\
on:
  push:
    branches: [main]
  pull_request:
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0 }
      - run: guard check
  deploy:
    needs: check
    if: github.event_name == 'push'
    environment: prod
    concurrency: prod
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Deploy
        run: bash scripts/deploy.sh
";

/// The contract, frozen and committed with everything else.
fn frozen(sandbox: &Sandbox, contract: &str) {
    sandbox.write("shop/contract/mutation.toml", contract);
    let done = sandbox.guard(&["contract", "freeze"]);
    // 2: it is to be signed, where an earlier revision has a contract. Here there is only the one revision.
    assert!(matches!(done.status.code(), Some(0 | 2)), "{}", String::from_utf8_lossy(&done.stderr));
    sandbox.git("shop", &["add", "-A"]);
    let first = !sandbox.at("shop/.git/refs/heads/main").exists();
    let more: &[&str] = if first { &[] } else { &["--amend"] };
    sandbox.git("shop", &[&["commit", "-q", "-m", "frozen"], more].concat());
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
fn a_guard_that_nobody_wrote_is_not_proven() {
    let sandbox = shop();
    sandbox.write("shop/lib/ci.ts", "export const nothing = 1;\n");
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((exit, &proof["holds"]), (1, &Value::Bool(false)));
    let unproven = proof["unproven"].as_array().unwrap();
    let named = |held: &&Value| held["why"].as_str().unwrap().contains("no function of that name");
    assert!(unproven.iter().any(|held| named(&held)), "{unproven:?}");
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

/// Every kind that was caught in a file, with the rule that said it.
fn caught(proof: &Value, path: &str) -> Vec<(String, String)> {
    let plants = proof["plants"].as_array().expect("a list").iter();
    let here = plants.filter(|p| p["path"] == path && p["fate"] == "caught");
    let word = |p: &Value, name: &str| p[name].as_str().unwrap_or_default().to_owned();
    here.map(|p| (word(p, "kind"), word(p, "rule"))).collect()
}

fn has(caught: &[(String, String)], kind: &str, rule: &str) -> bool {
    caught.iter().any(|(k, r)| k == kind && r == rule)
}

#[test]
fn the_required_check_is_planted_around_and_every_weakening_is_caught() {
    let (proof, exit) = prove(&shop(), &[]);
    assert_eq!((survivors(&proof), exit), (Vec::new(), 0), "{proof:#}");
    let found = caught(&proof, ".github/workflows/deploy.yml");
    for (kind, rule) in [
        ("check removed", "workflow/missing-check"),
        ("failure of the check hidden", "bypass/masked-failure"),
        ("failure of the check's step tolerated", "bypass/masked-failure"),
        ("variable that switches the check's job off", "workflow/skippable-check"),
        ("only some paths", "workflow/skippable-check"),
        ("no trigger", "workflow/missing-check"),
        ("guard of another owner", "guard/not-a-guard"),
        ("deploy although the check failed", "workflow/ungated-deploy"),
        ("deploy that a newer one cancels", "workflow/overlapping-deploys"),
    ] {
        assert!(has(&found, kind, rule), "{kind}: {found:#?}");
    }
}

#[test]
fn a_second_job_that_runs_the_check_holds_what_is_planted_around_the_first() {
    let sandbox = shop();
    let other = WORKFLOW.split("  deploy:").next().unwrap();
    sandbox.write("shop/.github/workflows/also.yml", other);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "twice"]);
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((survivors(&proof), exit), (Vec::new(), 0), "{proof:#}");
    let held = |p: &&Value| p["kind"] == "check removed" && p["fate"] == "held";
    // Each of the two stands where the other one is gone.
    assert_eq!(proof["plants"].as_array().unwrap().iter().filter(held).count(), 2, "{proof:#}");
}

#[test]
fn a_contract_that_permits_more_is_caught_although_its_lock_is_new() {
    let (proof, _) = prove(&shop(), &[]);
    let found = caught(&proof, "contract/mutation.toml");
    for kind in ["environment no longer protected", "operation no longer forbidden", "another operation"] {
        assert!(has(&found, kind, "contract/weakened"), "{kind}: {found:#?}");
    }
    assert!(has(&found, "contract changed without a new lock", "contract/unfrozen"), "{found:#?}");
    let found = caught(&proof, "contract/mutation.lock");
    assert!(has(&found, "lock changed by hand", "contract/unfrozen"), "{found:#?}");
}

#[test]
fn a_script_that_only_reads_is_planted_with_writes() {
    let sandbox = shop();
    let report = "#!/bin/sh\nset -eu\npsql \"$DATABASE_URL\" -c 'SELECT count(*) FROM services'\n";
    sandbox.write("shop/scripts/report.sh", report);
    let more = "\n[[script]]\npath = \"scripts/report.sh\"\nenvironment = \"prod\"\nreads = [\"dev\"]\n";
    frozen(&sandbox, &format!("{CONTRACT}{more}"));
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((survivors(&proof), exit), (Vec::new(), 0), "{proof:#}");
    let found = caught(&proof, "scripts/report.sh");
    let write = found.iter().find(|(kind, _)| kind == "mutation in a new line").expect("a write is planted");
    assert!(write.1.starts_with("contract/forbidden-"), "{found:#?}");
    let line = proof["plants"].as_array().unwrap().iter();
    let mut line = line.filter(|p| p["path"] == "scripts/report.sh" && p["kind"] == "mutation in a new line");
    assert_eq!(line.next().and_then(|p| p["at"].as_str()), Some("scripts/report.sh:3"));
}

#[test]
fn what_the_check_fails_at_already_is_left_out_and_said() {
    let sandbox = shop();
    sandbox.git("shop", &["rm", "-q", "contract/mutation.lock"]);
    sandbox.write("shop/.github/workflows/deploy.yml", WORKFLOW.replace("      - run: guard check\n", ""));
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "neither"]);
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((survivors(&proof), exit), (Vec::new(), 0), "{proof:#}");
    let left: Vec<&str> =
        proof["left"].as_array().unwrap().iter().filter_map(|l| l["script"].as_str()).collect();
    assert!(left.contains(&"contract/mutation.toml") && left.contains(&"the required check"), "{left:?}");
}

#[test]
fn migrations_retired_scripts_quarantine_and_connections_are_planted_in() {
    let sandbox = shop();
    sandbox.write(
        "shop/db/migrations/1_init.sql",
        "CREATE TABLE services (id bigint primary key, name text);\n",
    );
    sandbox.write("shop/db/migrations/2_more.sql", "ALTER TABLE services ADD COLUMN price bigint;\n");
    sandbox.write("shop/scripts/old.sh", "#!/bin/sh\necho 'use scripts/rename.ts' >&2\nexit 1\n");
    sandbox.write("shop/legacy/wipe.sh", "#!/bin/sh\npsql -c 'DELETE FROM services'\n");
    let module = "import { requireFingerprint } from \"./fingerprint\";\nawait requireFingerprint();\nconst { Pool } = await import(\"pg\");\nexport const pool = new Pool({ connectionString: process.env.DATABASE_URL });\n";
    sandbox.write("shop/lib/db.ts", module);
    let more = "
[[connection]]
path = \"lib/db.ts\"

[[retired]]
path = \"scripts/old.sh\"
use  = \"scripts/rename.ts\"

[[quarantine]]
path = \"legacy/**\"

[migrations]
path = \"db/migrations\"
tool = \"sql\"
";
    frozen(&sandbox, &format!("{CONTRACT}{more}"));
    let (proof, exit) = prove(&sandbox, &[]);
    assert_eq!((survivors(&proof), exit), (Vec::new(), 0), "{proof:#}");
    for (path, kind, rule) in [
        ("db/migrations/2_more.sql", "table that a migration drops", "contract/destructive-migration"),
        (
            "db/migrations/1_init.sql",
            "change of a migration that may be applied",
            "contract/edited-migration",
        ),
        ("scripts/old.sh", "mutation in a new line", "contract/retired-runs"),
        ("legacy/wipe.sh", "change of a quarantined file", "contract/quarantine-changed"),
        ("lib/db.ts", "guard removed", "guard/unguarded-connection"),
    ] {
        let found = caught(&proof, path);
        assert!(has(&found, kind, rule), "{path} {kind}: {found:#?}");
    }
}

#[test]
fn other_providers_checks_are_planted_around_too() {
    let gitlab = "guard:\n  script:\n    - guard check\n  rules:\n    - if: $CI_PIPELINE_SOURCE == \"merge_request_event\"\n    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH\n";
    let circle = "version: 2.1\njobs:\n  check:\n    docker: [{ image: \"cimg/base:stable\" }]\n    steps:\n      - checkout\n      - run:\n          name: Guard\n          command: guard check\nworkflows:\n  all:\n    jobs:\n      - check\n";
    let buildkite = "steps:\n  - label: check\n    key: check\n    command: guard check\n";
    for (path, text, kind, rule) in [
        (".gitlab-ci.yml", gitlab, "failure of the check's job tolerated", "workflow/skippable-check"),
        (
            ".circleci/config.yml",
            circle,
            "check's step runs after a failure only",
            "workflow/skippable-check",
        ),
        (
            ".buildkite/pipeline.yml",
            buildkite,
            "failure of the check's step tolerated",
            "workflow/skippable-check",
        ),
    ] {
        let sandbox = shop();
        sandbox.git("shop", &["rm", "-rq", ".github"]);
        sandbox.write(&format!("shop/{path}"), text);
        frozen(&sandbox, CONTRACT);
        let (proof, exit) = prove(&sandbox, &[]);
        assert_eq!((survivors(&proof), exit), (Vec::new(), 0), "{proof:#}");
        let found = caught(&proof, path);
        assert!(has(&found, kind, rule), "{path} {kind}: {found:#?}");
    }
}
