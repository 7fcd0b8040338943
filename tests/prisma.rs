//! Folders of Prisma on real servers: what guard writes is what Prisma writes, and either goes on where
//! the other stopped.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop where it stands, and say why")]

mod sandbox;
mod servers;
mod shop;

use std::path::{Path, PathBuf};
use std::process::Command;

use servers::{Database, KINDS, Kind};
use shop::{CONTRACT, Shop, Told};

const PROD: [&str; 3] = ["migrate", "--env", "prod"];
const STATUS: [&str; 4] = ["migrate", "--env", "prod", "--status"];

fn provider(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "postgresql",
        Kind::Mariadb => "mysql",
        Kind::Sqlite => "sqlite",
    }
}

/// A project of Prisma and a database that is marked as prod.
fn ready(kind: Kind) -> Option<(Shop, Database)> {
    let database = Database::new(kind)?;
    let mut shop = Shop::checked();
    let provider = provider(kind);
    shop.sandbox.write(
        "shop/prisma/schema.prisma",
        format!("datasource db {{\n  provider = \"{provider}\"\n  url      = env(\"DATABASE_URL\")\n}}\n"),
    );
    shop.sandbox.write("shop/prisma/migrations/migration_lock.toml", format!("provider = \"{provider}\"\n"));
    shop.contract(&format!("{CONTRACT}\n[migrations]\npath = \"prisma/migrations\"\ntool = \"prisma\"\n"));
    shop.freeze();
    shop.everywhere(&database.url).ci();
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    Some((shop, database))
}

fn migration(shop: &Shop, name: &str, sql: &str) {
    shop.sandbox.write(&format!("shop/prisma/migrations/{name}/migration.sql"), sql);
    shop.commit();
}

fn states(told: &Told) -> Vec<String> {
    let lines = told.json["migrations"].as_array().cloned().unwrap_or_default();
    lines
        .iter()
        .map(|line| format!("{} {}", line["name"].as_str().unwrap(), line["state"].as_str().unwrap()))
        .collect()
}

#[test]
fn a_folder_of_prisma_is_applied_and_recorded_as_prisma_does() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        migration(&shop, "20260101000000_orders", "create table orders (id int primary key);\n");
        migration(
            &shop,
            "20260102000000_more",
            "alter table orders add note varchar(20);\r\ninsert into orders (id) values (1);",
        );
        let plan = shop.guard(&["migrate", "--env", "prod", "--plan"]).ok();
        assert_eq!(
            plan.json["details"]["pending"],
            serde_json::json!(["20260101000000_orders", "20260102000000_more"])
        );
        shop.guard(&PROD).ok();
        let told = shop.guard(&STATUS).ok();
        assert_eq!(told.json["tool"], "prisma");
        assert_eq!(states(&told), ["20260101000000_orders applied", "20260102000000_more applied"]);
        assert!(told.json["migrations"][0]["applied_at"].as_str().unwrap().starts_with("20"), "{told:?}");
        let sums = database.column("select checksum from _prisma_migrations order by migration_name");
        assert_eq!(sums[0], sha("create table orders (id int primary key);\n"));
        let whole = "select count(*) from _prisma_migrations where finished_at >= started_at and logs is null \
                     and rolled_back_at is null and applied_steps_count = 1 and length(id) = 36";
        assert_eq!(database.column(whole), ["2"], "{kind:?}");
        let again = shop.guard(&PROD).ok();
        assert_eq!(again.json["details"]["applied"], serde_json::json!([]));
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

fn sha(text: &str) -> String {
    guard::words::digest::sha256_hex(text.as_bytes())
}

#[test]
fn what_prisma_left_halfway_is_finished_taken_back_or_named() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        migration(
            &shop,
            "1_orders",
            "create table orders (id int primary key);\ncreate index by_id on orders (id);",
        );
        shop.guard(&PROD).ok();
        let failed = "update _prisma_migrations set finished_at = null, applied_steps_count = 0, logs = 'x' \
                      where rolled_back_at is null";
        database.ask(failed);
        assert_eq!(states(&shop.guard(&STATUS).refused("history/failed")), ["1_orders failed"]);
        shop.guard(&PROD).ok();
        assert_eq!(
            database.column("select count(*) from _prisma_migrations where rolled_back_at is not null"),
            ["1"]
        );
        assert_eq!(states(&shop.guard(&STATUS).ok()), ["1_orders applied"], "{kind:?}");
        let index = if kind == Kind::Mariadb { "drop index by_id on orders" } else { "drop index by_id" };
        database.ask(failed);
        database.ask(index);
        let told = shop.guard(&PROD).refused("history/partial");
        assert_eq!(told.json["details"]["absent"], serde_json::json!(["index by_id"]));
        database.ask("drop table orders");
        let told = shop.guard(&PROD).ok();
        assert_eq!(told.json["details"]["applied"], serde_json::json!(["1_orders"]));
        assert_eq!(database.column("select count(*) from orders"), ["0"]);
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn a_history_of_prisma_that_is_not_sane_refuses() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        migration(&shop, "5_orders", "create table orders (id int primary key);");
        shop.guard(&PROD).ok();
        for (change, back, code) in [
            (
                "checksum = 'other'",
                format!("checksum = '{}'", sha("create table orders (id int primary key);")),
                "history/edited",
            ),
            ("migration_name = '4_gone'", "migration_name = '5_orders'".into(), "history/missing-file"),
        ] {
            database.ask(&format!("update _prisma_migrations set {change}"));
            shop.guard(&STATUS).refused(code);
            shop.guard(&PROD).refused(code);
            database.ask(&format!("update _prisma_migrations set {back}"));
        }
        // A checkout that changed the line ends is the same file.
        migration(&shop, "3_late", "create table late (id int primary key);");
        shop.guard(&PROD).refused("history/out-of-order");
        assert!(!database.digest().contains("late"), "{kind:?}");
    }
}

#[test]
fn a_failed_migration_leaves_what_its_engine_cannot_take_back_and_says_so() {
    for kind in KINDS {
        let Some((shop, database)) = ready(kind) else { continue };
        migration(&shop, "1_bad", "create table kept (id int primary key); insert into nowhere values (1);");
        let told = shop.guard(&PROD);
        assert_eq!((told.code(), told.exit), ("migration/failed", 1), "{kind:?} {told:?}");
        if kind == Kind::Mariadb {
            let logs = database.column("select logs from _prisma_migrations");
            assert!(logs[0].contains("nowhere"), "{logs:?}");
            assert_eq!(states(&shop.guard(&STATUS).refused("history/failed")), ["1_bad failed"]);
        } else {
            assert!(!database.digest().contains("kept"));
            assert_eq!(states(&shop.guard(&STATUS).ok()), ["1_bad pending"]);
        }
    }
}

#[test]
fn a_folder_for_another_kind_of_server_and_one_without_its_file_are_named() {
    for (path, text) in [
        ("migration_lock.toml", "provider = \"mysql\"\n"),
        ("migration_lock.toml", "<<<<<<< HEAD\n"),
        ("1_empty/readme.md", ""),
    ] {
        let Some((shop, _database)) = ready(Kind::Sqlite) else { return };
        shop.sandbox.write(&format!("shop/prisma/migrations/{path}"), text);
        shop.commit();
        shop.freeze();
        shop.guard(&PROD).refused("contract/invalid");
    }
}

#[test]
fn a_table_of_sqlite_that_is_made_anew_keeps_the_rows_that_lean_on_it() {
    let Some((shop, database)) = ready(Kind::Sqlite) else { return };
    migration(
        &shop,
        "1_first",
        "create table parent (id int primary key); create table child (id int primary key, \
         parent int references parent (id) on delete cascade); \
         insert into parent values (1); insert into child values (7, 1);",
    );
    shop.guard(&PROD).ok();
    migration(
        &shop,
        "2_anew",
        "PRAGMA defer_foreign_keys=ON;\nPRAGMA foreign_keys=OFF;\ncreate table new_parent (id int primary key, note text);\n\
         insert into new_parent (id) select id from parent;\ndrop table parent;\n\
         alter table new_parent rename to parent;\nPRAGMA foreign_keys=ON;\nPRAGMA defer_foreign_keys=OFF;",
    );
    let told = shop.guard(&PROD);
    // The static half may want this approved; applied, it must not take the children along.
    if told.exit == 0 {
        assert_eq!(database.column("select id from child"), ["7"]);
    } else {
        told.refused("migration/destructive");
        let contract = std::fs::read_to_string(shop.root().join("contract/mutation.toml")).unwrap();
        shop.contract(&format!("{contract}destructive = \"allow\"\n"));
        drop(shop.run(&["contract", "freeze"]));
        shop.commit();
    }
}

#[test]
fn an_index_that_is_built_concurrently_runs_outside_of_a_transaction() {
    let Some((shop, database)) = ready(Kind::Postgres) else { return };
    migration(&shop, "1_orders", "create table orders (id int);");
    migration(&shop, "2_index", "-- CreateIndex\nCREATE INDEX CONCURRENTLY by_id ON orders (id);\n");
    shop.guard(&PROD).ok();
    assert_eq!(database.column("select count(*) from pg_index where not indisvalid"), ["0"]);
    assert_eq!(
        database.column("select count(*) from _prisma_migrations where finished_at is not null"),
        ["2"]
    );
}

#[test]
fn the_schema_of_the_url_is_where_the_tables_go() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let Some((mut shop, _other)) = ready(Kind::Postgres) else { return };
    shop.everywhere(&format!("{}?schema=app", database.url));
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    migration(&shop, "1_orders", "create table orders (id int);");
    shop.guard(&PROD).ok();
    assert_eq!(database.column("select count(*) from app.orders"), ["0"]);
    assert_eq!(database.column("select count(*) from app._prisma_migrations"), ["1"]);
}

/// The real one: `GUARD_TEST_PRISMA` names a folder with `node_modules` in it, in which lie prisma 6, its
/// adapter for Postgres, and pg. (`.ci/full` installs them.)
fn real() -> PathBuf {
    std::env::var_os("GUARD_TEST_PRISMA").map(PathBuf::from).unwrap()
}

const CONFIG: &str = "\
import { defineConfig } from 'prisma/config';
import { PrismaPg } from '@prisma/adapter-pg';
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  experimental: { adapter: true },
  engine: 'js',
  adapter: async () => new PrismaPg({ connectionString: process.env.DATABASE_URL }),
});
";

/// Runs the real Prisma beside the project.
fn prisma(folder: &Path, shop: &Shop, url: &str, arguments: &[&str]) -> (i32, String) {
    let work = shop.sandbox.at("prisma-beside");
    drop(std::fs::remove_dir_all(&work));
    std::fs::create_dir_all(&work).unwrap();
    let copied = Command::new("cp").arg("-r").arg(shop.root().join("prisma")).arg(&work).status().unwrap();
    assert!(copied.success());
    std::os::unix::fs::symlink(folder.join("node_modules"), work.join("node_modules")).unwrap();
    std::fs::write(work.join("prisma.config.ts"), CONFIG).unwrap();
    std::fs::write(work.join("package.json"), "{}").unwrap();
    let done = Command::new("node")
        .arg(folder.join("node_modules/prisma/build/index.js"))
        .args(arguments)
        .current_dir(&work)
        .env("DATABASE_URL", url)
        .env("CHECKPOINT_DISABLE", "1")
        // With an adapter it is never loaded, and without this it would be fetched.
        .env("PRISMA_QUERY_ENGINE_LIBRARY", "/bin/true")
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

#[test]
#[ignore = "needs the real Prisma: .ci/full runs it"]
fn the_real_prisma_goes_on_where_guard_stopped_and_guard_where_prisma_did() {
    let folder = real();
    let Some((shop, database)) = ready(Kind::Postgres) else { return };
    migration(&shop, "20260101000000_orders", "create table orders (id int primary key);\n");
    shop.guard(&PROD).ok();
    let (code, said) = prisma(&folder, &shop, &database.url, &["migrate", "status"]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("up to date"), "{said}");
    migration(&shop, "20260102000000_more", "alter table orders add note text;\n");
    let (code, said) = prisma(&folder, &shop, &database.url, &["migrate", "status"]);
    assert_eq!(code, 1, "{said}");
    let (code, said) = prisma(&folder, &shop, &database.url, &["migrate", "deploy"]);
    assert_eq!(code, 0, "{said}");
    let told = shop.guard(&STATUS).ok();
    assert_eq!(states(&told), ["20260101000000_orders applied", "20260102000000_more applied"]);
    // Column by column, both rows are of one make.
    let make = "select (checksum ~ '^[0-9a-f]{64}$')::text || (finished_at is not null)::text || \
                (logs is null)::text || (rolled_back_at is null)::text || applied_steps_count || \
                (id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$')::text \
                from _prisma_migrations order by migration_name";
    let makes = database.column(make);
    assert_eq!(makes[0], makes[1]);
    let columns = "select string_agg(column_name || ' ' || data_type || ' ' || coalesce(column_default, '') || \
                   is_nullable, ',' order by column_name) from information_schema.columns \
                   where table_name = '_prisma_migrations'";
    let ours = database.column(columns);
    let Some(other) = Database::new(Kind::Postgres) else { return };
    let (code, said) = prisma(&folder, &shop, &other.url, &["migrate", "deploy"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(other.column(columns), ours);
    // A migration that failed under Prisma is a failed one for guard.
    migration(&shop, "20260103000000_bad", "create table late (id int); insert into nowhere values (1);\n");
    let (code, said) = prisma(&folder, &shop, &database.url, &["migrate", "deploy"]);
    assert_eq!(code, 1, "{said}");
    let told = shop.guard(&STATUS).refused("history/failed");
    assert_eq!(states(&told)[2], "20260103000000_bad failed");
}

#[test]
#[ignore = "needs the real Prisma: .ci/full runs it"]
fn the_real_prisma_is_wrapped_on_a_database_that_holds_nothing_but_the_mark() {
    let folder = real();
    let Some((mut shop, _other)) = ready(Kind::Postgres) else { return };
    // What `npx` would find, as an installed package puts it there.
    let script =
        format!("#!/bin/sh\nexec node {}/node_modules/prisma/build/index.js \"$@\"\n", folder.display());
    shop.sandbox.write("bin/prisma", script);
    std::process::Command::new("chmod").arg("+x").arg(shop.sandbox.at("bin/prisma")).status().unwrap();
    std::os::unix::fs::symlink(folder.join("node_modules"), shop.root().join("node_modules")).unwrap();
    shop.sandbox.write("shop/.gitignore", ".guard/\nnode_modules\n");
    shop.sandbox.write("shop/prisma.config.ts", CONFIG);
    shop.sandbox.write("shop/package.json", "{}\n");
    shop.sandbox.write(
        "shop/prisma/migrations/20260101000000_orders/migration.sql",
        "create table orders (id int);\n",
    );
    shop.contract(&format!(
        "{CONTRACT}\n[migrations]\npath = \"prisma/migrations\"\ntool = \"prisma\"\ncommands = [\"prisma migrate deploy\"]\n"
    ));
    drop(shop.run(&["contract", "freeze"]));
    shop.sandbox.write("shop/.gitignore", ".guard/\nnode_modules\n");
    shop.sandbox.git("shop", &["add", "-A"]);
    shop.sandbox.git("shop", &["commit", "-q", "--allow-empty", "-m", "frozen"]);
    shop.sandbox.git("shop", &["commit", "-q", "--allow-empty", "-m", "again"]);
    let path = format!("{}:{}", shop.sandbox.at("bin").display(), std::env::var("PATH").unwrap());
    shop.set("PATH", path).set("PRISMA_QUERY_ENGINE_LIBRARY", "/bin/true").set("CHECKPOINT_DISABLE", "1");
    // A database of its own: this contract permits more than that of the first.
    let Some(database) = Database::new(Kind::Postgres) else { return };
    shop.everywhere(&database.url);
    shop.forget_receipts();
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    let run = |shop: &Shop| -> Told {
        let words = ["migrate", "--env", "prod", "--format", "json", "--", "prisma", "migrate", "deploy"];
        let output = shop.run(&words);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
        Told { exit: output.status.code().unwrap(), json, stderr }
    };
    let told = run(&shop).ok();
    assert_eq!(told.json["details"]["applied"], serde_json::json!(["20260101000000_orders"]), "{told:?}");
    assert_eq!(database.column("select count(*) from orders"), ["0"]);
    let told = run(&shop).ok();
    assert_eq!(told.json["details"]["applied"], serde_json::json!([]));
    shop.guard(&["ledger", "verify", "prod"]).ok();
}
