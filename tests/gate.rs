//! The first question, the contract's: which answer comes first, and which the database gives better.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use servers::{Database, KINDS, Kind};
use shop::Shop;

const PROD: [&str; 3] = ["migrate", "--env", "prod"];
const PLAN: [&str; 4] = ["migrate", "--env", "prod", "--plan"];
const STATUS: [&str; 4] = ["migrate", "--env", "prod", "--status"];

fn edit(shop: &Shop, path: &str, from: &str, to: &str) {
    let file = shop.root().join(path);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn what_is_said_of_the_contract_comes_before_what_is_not_committed() {
    let Some((shop, _database)) = Shop::ready(Kind::Sqlite) else { return };
    let contract = "contract/mutation.toml";
    for way in [&PROD[..], &PLAN, &STATUS] {
        edit(&shop, contract, "project", "# a word\nproject");
        shop.guard(way).refused("contract/dirty");
        edit(&shop, contract, "\"dev\", ", "\"dev\", \"qa\", ");
        shop.guard(way).refused("contract/unfrozen");
        edit(&shop, contract, "version = 1", "version = = 1");
        let told = shop.guard(way).refused("contract/invalid");
        assert_eq!(told.json["environment"], "prod");
        std::fs::rename(shop.root().join("contract"), shop.root().join("away")).unwrap();
        let told = shop.guard(way).refused("contract/missing");
        assert_eq!(told.json["environment"], "prod");
        std::fs::rename(shop.root().join("away"), shop.root().join("contract")).unwrap();
        shop.sandbox.git("shop", &["checkout", "-q", "."]);
        shop.guard(way).ok();
    }
}

#[test]
fn whether_an_edited_migration_was_applied_is_said_by_the_database() {
    for kind in KINDS {
        let Some((shop, _database)) = Shop::ready(kind) else { continue };
        shop.migration("1_orders.sql", "create table orders (id int primary key);");
        shop.guard(&PROD).ok();
        shop.migration("2_bad.sql", "insert into nowhere values (1);");
        assert_eq!(shop.guard(&PROD).code(), "migration/failed", "{kind:?}");
        // It was never applied anywhere: mended, it goes on, though the revision before has it otherwise.
        shop.migration("2_bad.sql", "create table late (id int primary key);");
        assert_eq!(shop.guard(&PROD).ok().json["details"]["applied"], serde_json::json!(["2_bad.sql"]));
        // This one was.
        shop.migration("1_orders.sql", "create table orders (id bigint primary key);");
        for way in [&PROD[..], &PLAN, &STATUS] {
            let told = shop.guard(way).refused("history/edited");
            if way == STATUS {
                assert_eq!(told.json["migrations"][0]["state"], "edited");
            }
        }
        shop.sandbox.git("shop", &["rm", "-q", "migrations/1_orders.sql"]);
        shop.commit();
        for way in [&PROD[..], &PLAN, &STATUS] {
            shop.guard(way).refused("history/missing-file");
        }
    }
}

#[test]
fn where_no_history_says_what_was_applied_the_finding_stands() {
    let mut shop = Shop::checked();
    let Some(database) = Database::new(Kind::Sqlite) else { return };
    shop.sandbox.write("shop/migrations/1_orders.sql", "create table orders (id int);");
    shop.sandbox.write("shop/scripts/sync.sh", "#!/bin/sh\nset -e\nsqlx migrate info\n");
    shop.contract(&format!(
        "{}\n[migrations]\npath = \"migrations\"\ntool = \"sqlx\"\ncommands = [\"./own up\"]\n\
         [[script]]\npath = \"scripts/sync.sh\"\nenvironment = \"prod\"\nenforced = \"wrapper\"\n",
        shop::CONTRACT
    ));
    shop.freeze();
    shop.everywhere(&database.url).ci();
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    shop.migration("1_orders.sql", "create table orders (id bigint);");
    let output = shop.run(&["run", "--env", "prod", "--format", "json", "--", "sh", "scripts/sync.sh"]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["code"], "contract/findings", "{told}");
}

#[test]
fn a_row_of_the_ledger_that_was_edited_is_not_built_upon() {
    for kind in KINDS {
        let Some((shop, database)) = Shop::ready(kind) else { continue };
        shop.guard(&PROD).ok();
        let before = database.digest();
        for (change, back) in [
            ("update guard_ledger set body = replace(body, 'shop', 'blog') where kind = 'begin'", "blog"),
            ("update guard_ledger set body = concat('x', body) where kind = 'begin'", "x"),
        ] {
            let change = if kind == Kind::Sqlite {
                change.replace("concat('x', body)", "'x' || body")
            } else {
                change.to_owned()
            };
            database.ask(&change);
            for way in [&PROD[..], &PLAN] {
                shop.guard(way).refused("ledger/broken");
            }
            let undo = if back == "x" {
                "substr(body, 2)".to_owned()
            } else {
                "replace(body, 'blog', 'shop')".to_owned()
            };
            database.ask(&format!("update guard_ledger set body = {undo} where kind = 'begin'"));
        }
        shop.guard(&PROD).ok();
        assert_eq!(database.digest(), before);
    }
}

#[test]
fn a_pair_of_keys_can_be_had_as_one_object() {
    let shop = Shop::new();
    let told = shop.guard(&["keys", "new"]).ok();
    assert!(told.detail("public").starts_with("ed25519:"), "{told:?}");
    assert!(told.detail("private").starts_with("ed25519-private:"), "{told:?}");
    assert!(!told.stderr.contains(told.detail("private")), "the private half is on standard error");
    let told = shop.guard(&["keys", "new", "--private-key", "deploy.key"]).ok();
    assert!(told.json["details"]["private"].is_null(), "{told:?}");
    let private = std::fs::read_to_string(shop.root().join("deploy.key")).unwrap();
    assert!(private.starts_with("ed25519-private:"));
}

#[test]
fn a_dump_that_sets_the_search_path_is_a_migration_like_any_other() {
    let Some((shop, database)) = Shop::ready(Kind::Postgres) else { return };
    database.ask("create schema app");
    shop.migration(
        "1_dump.sql",
        "select pg_catalog.set_config('search_path', '', false);\nset role none;\ncreate table public.orders (id int);",
    );
    shop.migration("2_app.sql", "set search_path = app; create table inner_one (id int);");
    shop.migration("3_after.sql", "-- no-transaction\ncreate table after_all (id int);");
    shop.guard(&PROD).ok();
    let places = "select schemaname || '.' || tablename from pg_tables where tablename in ('orders', 'inner_one', 'after_all') order by 1";
    assert_eq!(database.column(places), ["app.inner_one", "public.after_all", "public.orders"]);
    assert_eq!(shop.guard(&PROD).ok().json["details"]["applied"], serde_json::json!([]));
}

#[test]
fn an_index_that_was_left_invalid_is_named_until_it_is_gone() {
    let Some((shop, database)) = Shop::ready(Kind::Postgres) else { return };
    shop.migration("1_orders.sql", "create table orders (id int);\ninsert into orders values (1), (1);");
    shop.guard(&PROD).ok();
    shop.migration(
        "2_index.sql",
        "-- no-transaction\ncreate unique index concurrently by_id on orders (id);",
    );
    let told = shop.guard(&PROD);
    assert_eq!(
        (told.code(), told.json["outcome"].as_str()),
        ("migration/invalid-index", Some("failed")),
        "{told:?}"
    );
    assert!(told.json["message"].as_str().unwrap().contains("duplicated"), "{told:?}");
    assert_eq!(told.json["details"]["indexes"], serde_json::json!(["public.by_id"]));
    shop.guard(&PROD).refused("migration/invalid-index");
    database.ask("drop index by_id; delete from orders");
    shop.guard(&PROD).ok();
}
