//! `guard contract init` on a repository with hundreds of old scripts.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::time::{Duration, Instant};

use sandbox::Sandbox;
use serde_json::Value;

fn contract(sandbox: &Sandbox) -> String {
    std::fs::read_to_string(sandbox.at("shop/contract/mutation.toml")).expect("a contract")
}

/// `rule path` of every finding.
fn found(sandbox: &Sandbox) -> Vec<String> {
    let done = sandbox.guard(&["check", "--format", "json"]);
    let report: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    let findings = report["findings"].as_array().expect("a list").iter();
    findings.map(|f| format!("{} {}", f["rule"].as_str().unwrap(), f["path"].as_str().unwrap())).collect()
}

const CHECKED: &str = "on:\n  pull_request:\n  push:\n    branches: [main]\njobs:\n  guard:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          fetch-depth: 0\n      - run: guard check\n";

/// Three hundred scripts in six languages, an application, migrations, a guarded script, and two entry points.
fn legacy() -> Sandbox {
    let sandbox = Sandbox::repository();
    for number in 0..50 {
        let table = format!("table_{}", number % 7);
        let files = [
            (
                format!("ops/old/fix-{number}.sh"),
                format!("#!/bin/sh\npsql \"$DATABASE_URL\" -c 'UPDATE {table} SET note = {number}'\n"),
            ),
            (
                format!("ops/old/py/clean_{number}.py"),
                format!(
                    "import os, psycopg\nconnection = psycopg.connect(os.environ['DATABASE_URL'])\nconnection.execute('DELETE FROM {table} WHERE id = {number}')\n"
                ),
            ),
            (
                format!("scripts/one-off/backfill-{number}.ts"),
                format!(
                    "import {{ Client }} from \"pg\";\nconst client = new Client();\nawait client.connect();\nawait client.query(\"INSERT INTO {table} (id) VALUES ({number})\");\n"
                ),
            ),
            (
                format!("scripts/one-off/import-{number}.js"),
                format!(
                    "const {{ execSync }} = require(\"child_process\");\nexecSync(\"psql -c 'TRUNCATE {table}'\");\n"
                ),
            ),
            (
                format!("ops/windows/Run-{number}.ps1"),
                format!(
                    "Invoke-Sqlcmd -Query 'UPDATE {table} SET note = {number}' -ServerInstance $env:SERVER\n"
                ),
            ),
            (
                format!("tools/db{number}.bash"),
                format!("mysql -h \"$HOST\" -e 'DROP TABLE {table}_{number}'\n"),
            ),
        ];
        for (path, text) in files {
            sandbox.write(&format!("shop/{path}"), text);
        }
    }
    sandbox.write(
        "shop/tools/release.sh",
        "#!/usr/bin/env bash\nset -euo pipefail\npsql \"$DATABASE_URL\" -c 'UPDATE table_1 SET note = 1'\n",
    );
    let guarded = "#!/usr/bin/env bash\nset -euo pipefail\nguard proof --env prod\nguard fingerprint verify prod\nnpx prisma migrate deploy\n";
    sandbox.write("shop/deploy/migrate.sh", guarded);
    sandbox.write("shop/app/orders.ts", "import { PrismaClient } from \"@prisma/client\";\nconst prisma = new PrismaClient();\nexport const close = (id: number) => prisma.order.update({ where: { id }, data: { status: \"closed\" } });\n");
    sandbox.write("shop/app/orders.test.ts", "import { close } from \"./orders\";\nclose(1);\n");
    let scripts = "{\n  \"scripts\": {\n    \"release\": \"bash tools/release.sh\",\n    \"push\": \"prisma db execute --file x.sql\",\n    \"migrate\": \"bash deploy/migrate.sh\"\n  }\n}\n";
    sandbox.write("shop/package.json", scripts);
    sandbox.write("shop/prisma/schema.prisma", "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\nmodel Order {\n  id Int @id\n  status String\n}\n");
    sandbox.write(
        "shop/prisma/migrations/20200101000000_first/migration.sql",
        "CREATE TABLE \"Order\" (id INT PRIMARY KEY, status TEXT NOT NULL, old TEXT);\n",
    );
    sandbox.write(
        "shop/prisma/migrations/20210101000000_old/migration.sql",
        "ALTER TABLE \"Order\" DROP COLUMN old;\n",
    );
    sandbox.write("shop/.github/workflows/check.yml", CHECKED);
    let key = "dba@example.invalid namespaces=\"guard-contract\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN82JtgwcPaZAw2r1+jI//FbK/p/r3PX9q3TQweU4Ue8\n";
    sandbox.commit("shop", ".github/allowed_signers", key);
    sandbox
}

#[test]
fn a_team_lead_reads_what_was_found_and_what_is_left_to_decide() {
    let sandbox = legacy();
    insta::assert_snapshot!(sandbox.said(&["contract", "init"]));
}

#[test]
fn the_contract_names_folders_where_all_of_them_is_old() {
    let sandbox = legacy();
    sandbox.said(&["contract", "init"]);
    let contract = contract(&sandbox);
    assert!(contract.lines().count() < 160, "{} lines", contract.lines().count());
    insta::assert_snapshot!(contract);
}

#[test]
fn it_freezes_and_the_check_finds_the_decisions_and_nothing_else() {
    let sandbox = legacy();
    let start = Instant::now();
    let page = sandbox.said(&["contract", "init"]);
    sandbox.said(&["contract", "freeze"]);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "contract"]);
    let found = found(&sandbox);
    for finding in &found {
        let path = finding.split(' ').nth(1).unwrap();
        assert!(page.contains(&format!("    {path}:")), "{finding} is no decision of\n{page}");
    }
    assert!(found.iter().all(|f| f.starts_with("contract/undeclared-mutation ")), "{found:?}");
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(start.elapsed() < Duration::from_mins(1), "{:?}", start.elapsed());
}

#[test]
fn every_old_script_is_in_quarantine_and_neither_changes_nor_is_started_again() {
    let sandbox = legacy();
    sandbox.said(&["contract", "init"]);
    sandbox.said(&["contract", "freeze"]);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "contract"]);
    let map: Value = serde_json::from_str(&sandbox.said(&["map", "--format", "json"])).expect("JSON");
    let held = map["quarantine"].as_array().unwrap();
    let held: Vec<&str> = held.iter().map(|path| path.as_str().unwrap()).collect();
    assert!(held.len() >= 300, "{}", held.len());
    for path in [
        "ops/old/fix-7.sh",
        "ops/old/py/clean_49.py",
        "scripts/one-off/import-0.js",
        "ops/windows/Run-3.ps1",
        "tools/db9.bash",
    ] {
        assert!(held.contains(&path), "{path}");
    }
    assert!(!held.contains(&"tools/release.sh") && !held.contains(&"deploy/migrate.sh"));
    sandbox.write("shop/ops/old/fix-7.sh", "psql -c 'DELETE FROM table_1'\n");
    assert!(found(&sandbox).contains(&"contract/quarantine-changed ops/old/fix-7.sh".to_owned()));
    sandbox.write("shop/Makefile", "fix:\n\tsh ops/old/fix-8.sh\n");
    assert!(found(&sandbox).contains(&"contract/quarantine-reached Makefile".to_owned()));
}

#[test]
fn a_repository_that_changes_no_database_has_nothing_to_decide() {
    let sandbox = Sandbox::repository();
    sandbox.commit("shop", "src/index.ts", "export const one = 1;\n");
    assert!(sandbox.said(&["contract", "init"]).contains("Nothing else was found"));
    sandbox.said(&["contract", "freeze"]);
    let done = sandbox.guard(&["contract", "init"]);
    assert_eq!(done.status.code(), Some(1), "it never overwrites");
}

#[test]
fn names_that_a_glob_or_a_string_could_misread_are_written_as_they_are() {
    let sandbox = Sandbox::repository();
    for name in ["a[1].sh", "b{x}.sh", "c\"d.sh"] {
        sandbox.write(&format!("shop/old {name}"), "psql -c 'DELETE FROM t'\n");
    }
    sandbox.commit("shop", "README.md", "old\n");
    sandbox.said(&["contract", "init"]);
    sandbox.said(&["contract", "freeze"]);
    let left: Vec<String> = found(&sandbox).into_iter().filter(|f| f.starts_with("contract/")).collect();
    assert_eq!(left, Vec::<String>::new(), "{}", contract(&sandbox));
}
