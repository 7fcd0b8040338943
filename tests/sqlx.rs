//! The real command line of sqlx on the same database, before and after guard: either goes on where the other
//! stopped. `GUARD_TEST_SQLX` names the program; `.ci/full` builds it.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use std::path::PathBuf;
use std::process::Command;

use servers::{Database, Kind};
use shop::{CONTRACT, Shop, Told};

const PROD: [&str; 3] = ["migrate", "--env", "prod"];

fn program() -> PathBuf {
    std::env::var_os("GUARD_TEST_SQLX").map(PathBuf::from).unwrap()
}

/// Runs the real one in the project; its exit code and everything that it said.
fn sqlx(shop: &Shop, url: &str, arguments: &[&str]) -> (i32, String) {
    let done = Command::new(program())
        .args(arguments)
        .args(["--source", "migrations", "--database-url", url])
        .current_dir(shop.root())
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

/// `info`: the version and the state of each.
fn info(shop: &Shop, url: &str) -> Vec<String> {
    let (code, said) = sqlx(shop, url, &["migrate", "info"]);
    assert_eq!(code, 0, "{said}");
    let state = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let name = |line: &str| line.split('/').next_back()?.split_whitespace().next().map(str::to_owned);
    said.lines()
        .filter(|line| line.contains("installed") || line.contains("pending"))
        .filter_map(|line| Some(format!("{} {}", state(&name(line)?)?, line.replace(' ', ""))))
        .collect()
}

fn installed(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.contains("installed") && !line.contains("mismatch")).count()
}

fn states(told: &Told) -> Vec<String> {
    let lines = told.json["migrations"].as_array().cloned().unwrap_or_default();
    lines.iter().map(|line| line["state"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs the real sqlx: .ci/full runs it"]
fn sqlx_goes_on_where_guard_stopped_and_guard_where_sqlx_did() {
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let Some((shop, database)) = Shop::ready(kind) else { continue };
        shop.migration("20260101000000_orders.sql", "create table orders (id int primary key);\n");
        shop.migration("20260102000000_more.up.sql", "alter table orders add column note text;\n");
        shop.migration("20260102000000_more.down.sql", "alter table orders drop column note;\n");
        shop.guard(&PROD).ok();
        assert_eq!(installed(&info(&shop, &database.url)), 2, "{kind:?}");
        let (code, said) = sqlx(&shop, &database.url, &["migrate", "run"]);
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("Applied"), "{said}");

        shop.migration("20260103000000_late.sql", "create table late (id int primary key);\n");
        let (code, said) = sqlx(&shop, &database.url, &["migrate", "run"]);
        assert_eq!(code, 0, "{said}");
        let told = shop.guard(&["migrate", "--env", "prod", "--status"]).ok();
        assert_eq!(states(&told), ["applied", "applied", "applied"], "{kind:?}");
        assert_eq!(shop.guard(&PROD).ok().json["details"]["applied"], serde_json::json!([]));

        // Column by column, both rows are of one make, and so is the table.
        let make = match kind {
            Kind::Postgres => {
                "select success::text || length(checksum) || (execution_time > 0)::text || \
                 (installed_on > now() - interval '1 hour')::text from _sqlx_migrations order by version"
            }
            _ => {
                "select success || '-' || length(checksum) || '-' || (execution_time > 0) || '-' || \
                 (installed_on > datetime('now', '-1 hour')) || typeof(checksum) || typeof(installed_on) \
                 from _sqlx_migrations order by version"
            }
        };
        let makes = database.column(make);
        assert!(makes.iter().all(|one| *one == makes[0]), "{makes:?}");
        let Some(other) = Database::new(kind) else { continue };
        let (code, said) = sqlx(&shop, &other.url, &["migrate", "run"]);
        assert_eq!(code, 0, "{said}");
        let table = match kind {
            Kind::Postgres => {
                "select column_name || ' ' || data_type || ' ' || coalesce(column_default, '') || is_nullable \
                 from information_schema.columns where table_name = '_sqlx_migrations' order by ordinal_position"
            }
            _ => "select sql from sqlite_master where name = '_sqlx_migrations'",
        };
        assert_eq!(database.column(table), other.column(table), "{kind:?}");
        let sums = "select checksum from _sqlx_migrations order by version";
        let sums = |at: &Database| {
            let rows = servers::session(&at.url).query(sums, &[]).unwrap();
            rows.iter().map(|row| row.bytes(0).unwrap().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(sums(&database), sums(&other), "{kind:?}");
    }
}

#[test]
#[ignore = "needs the real sqlx: .ci/full runs it"]
fn what_one_refuses_the_other_refuses_too() {
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let Some((shop, database)) = Shop::ready(kind) else { continue };
        shop.migration("1_orders.sql", "create table orders (id int primary key);\n");
        shop.guard(&PROD).ok();
        shop.migration("1_orders.sql", "create table orders (id bigint primary key);\n");
        let (code, said) = sqlx(&shop, &database.url, &["migrate", "run"]);
        assert!(code != 0 && said.contains("modified"), "{said}");
        let told = shop.guard(&["migrate", "--env", "prod", "--status"]).refused("history/edited");
        assert_eq!(states(&told), ["edited"]);
        shop.guard(&PROD).refused("history/edited");
    }
}

#[test]
#[ignore = "needs the real sqlx: .ci/full runs it"]
fn sqlx_is_wrapped_and_what_it_applies_is_what_was_announced() {
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let Some((mut shop, _other)) = Shop::ready(kind) else { continue };
        shop.contract(&format!(
            "{CONTRACT}\n[migrations]\npath = \"migrations\"\ntool = \"sqlx\"\ncommands = [\"sqlx migrate run\"]\n"
        ));
        drop(shop.run(&["contract", "freeze"]));
        shop.commit();
        shop.migration("1_orders.sql", "create table orders (id int primary key);\n");
        let folder = program().parent().unwrap().display().to_string();
        shop.set("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap()));
        // A database of its own: this contract permits more than that of the first.
        let Some(database) = Database::new(kind) else { continue };
        shop.everywhere(&database.url);
        shop.forget_receipts();
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        for applied in [serde_json::json!(["1_orders.sql"]), serde_json::json!([])] {
            let words = ["migrate", "--env", "prod", "--format", "json", "--", "sqlx", "migrate", "run"];
            let output = shop.run(&words);
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(json["details"]["applied"], applied, "{kind:?} {json}");
            assert_eq!(output.status.code(), Some(0), "{json}");
        }
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}
