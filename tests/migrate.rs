//! `guard migrate` on real servers: what is applied, what is refused beforehand, and what a crash leaves.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use std::process::Stdio;

use servers::{Database, KINDS, Kind, session};
use shop::{Shop, wait_until};

const PROD: [&str; 3] = ["migrate", "--env", "prod"];
const PLAN: [&str; 4] = ["migrate", "--env", "prod", "--plan"];
const STATUS: [&str; 4] = ["migrate", "--env", "prod", "--status"];

fn states(shop: &Shop) -> Vec<String> {
    let told = shop.guard(&STATUS);
    let lines = told.json["details"]["migrations"].as_array().cloned().unwrap_or_default();
    lines
        .iter()
        .map(|line| format!("{} {}", line["name"].as_str().unwrap(), line["state"].as_str().unwrap()))
        .collect()
}

#[test]
fn pending_migrations_are_announced_applied_and_recorded_as_sqlx_does() {
    for kind in KINDS {
        let Some((shop, database)) = Shop::ready(kind) else { continue };
        shop.migration("1_orders.sql", "create table orders (id int primary key);");
        shop.migration(
            "2_more.up.sql",
            "alter table orders add note varchar(20);\ninsert into orders (id) values (1);",
        );
        shop.migration("2_more.down.sql", "alter table orders drop column note;");
        let plan = shop.guard(&PLAN).ok();
        assert_eq!(plan.json["details"]["pending"], serde_json::json!(["1_orders.sql", "2_more.up.sql"]));
        assert_eq!(database.column("select count(*) from guard_ledger"), ["2"], "a plan writes nothing");
        assert_eq!(states(&shop), ["1_orders.sql pending", "2_more.up.sql pending"], "{kind:?}");
        let told = shop.guard(&PROD).ok();
        assert!(told.stderr.contains("applying 1_orders.sql"), "{}", told.stderr);
        assert_eq!(states(&shop), ["1_orders.sql applied", "2_more.up.sql applied"]);
        assert_eq!(database.column("select id from orders"), ["1"]);
        assert_eq!(
            database.column("select description from _sqlx_migrations order by version"),
            ["orders", "more"]
        );
        let checked = "select count(*) from _sqlx_migrations where success and execution_time > 0 and length(checksum) = 48";
        assert_eq!(database.column(checked), ["2"], "{kind:?}");
        let again = shop.guard(&PROD).ok();
        assert_eq!(again.json["details"]["applied"], serde_json::json!([]));
        shop.guard(&["ledger", "verify", "prod"]).ok();
        let ledger = shop.guard(&["ledger", "show", "prod"]).ok();
        let entries = ledger.json["details"]["entries"].as_array().unwrap().clone();
        assert_eq!(entries.len(), 6);
        assert_eq!(entries[2]["body"]["plan"], serde_json::json!(["1_orders.sql", "2_more.up.sql"]));
    }
}

#[test]
fn without_proof_mark_or_a_clean_contract_nothing_happens() {
    for kind in KINDS {
        let Some((mut shop, database)) = Shop::ready(kind) else { continue };
        shop.migration("1_orders.sql", "create table orders (id int primary key);");
        let before = database.digest();
        shop.unset("CI");
        for command in [&PROD[..], &PLAN, &STATUS] {
            shop.guard(command).refused("proof/not-ci");
        }
        shop.guard(&["migrate", "--env", "dev"]).refused("fingerprint/environment");
        shop.ci();
        shop.guard(&["migrate", "--env", "staging"]).refused("fingerprint/environment");
        shop.guard(&["migrate", "--env", "nowhere"]).refused("environment/unknown");
        shop.sandbox.write("shop/migrations/1_orders.sql", "create table other (id int primary key);");
        shop.guard(&PROD).refused("contract/dirty");
        shop.sandbox.git("shop", &["checkout", "-q", "--", "."]);
        shop.sandbox.write("shop/migrations/2_new.sql", "create table other (id int primary key);");
        shop.guard(&PROD).refused("contract/dirty");
        // What git was told not to see is in no commit either.
        shop.sandbox.write("shop/.git/info/exclude", "migrations/2_*.sql\n");
        for command in [&PROD[..], &PLAN] {
            shop.guard(command).refused("contract/dirty");
        }
        std::fs::remove_file(shop.root().join("migrations/2_new.sql")).unwrap();
        shop.sandbox.git("shop", &["update-index", "--assume-unchanged", "migrations/1_orders.sql"]);
        shop.sandbox.write("shop/migrations/1_orders.sql", "create table other (id int primary key);");
        shop.guard(&PROD).refused("contract/dirty");
        shop.sandbox.git("shop", &["update-index", "--no-assume-unchanged", "migrations/1_orders.sql"]);
        shop.sandbox.git("shop", &["checkout", "-q", "--", "."]);
        database.ask("update database_metadata set fingerprint = 'guard1.x'");
        shop.guard(&PROD).refused("fingerprint/corrupt");
        database.ask("delete from database_metadata");
        shop.guard(&PROD).refused("fingerprint/missing");
        assert_eq!(database.digest(), before, "{kind:?}");
    }
}

#[test]
fn a_contract_that_is_not_frozen_or_a_finding_refuses_before_anything_connects() {
    let mut shop = Shop::migrating();
    shop.ci().set("DATABASE_URL", "postgres://u@127.0.0.1:1/db");
    shop.migration("1_drop.sql", "drop table orders;");
    shop.guard(&PROD).refused("migration/destructive");
    let fresh = || {
        let mut other = Shop::migrating();
        other.ci().set("DATABASE_URL", "postgres://u@127.0.0.1:1/db");
        other
    };
    let shop = fresh();
    std::fs::remove_file(shop.root().join(".github/workflows/guard.yml")).unwrap();
    shop.commit();
    shop.guard(&PROD).refused("contract/findings");
    let shop = fresh();
    let contract = std::fs::read_to_string(shop.root().join("contract/mutation.toml")).unwrap();
    shop.contract(&contract.replace("\"shop\"", "\"blog\""));
    shop.guard(&PROD).refused("contract/unfrozen");
    shop.contract("version = 1\nnonsense = 2\n");
    shop.guard(&PROD).refused("contract/invalid");
}

#[test]
fn a_failed_migration_is_named_and_what_can_be_taken_back_is() {
    for kind in KINDS {
        let Some((shop, database)) = Shop::ready(kind) else { continue };
        shop.migration("1_orders.sql", "create table orders (id int primary key);");
        shop.migration(
            "2_bad.sql",
            "create table kept (id int primary key); insert into nowhere values (1);",
        );
        let told = shop.guard(&PROD);
        assert_eq!(
            (told.code(), told.exit, told.json["outcome"].as_str()),
            ("migration/failed", 1, Some("failed"))
        );
        assert_eq!(told.detail("migration"), "2_bad.sql");
        assert_eq!(database.column("select count(*) from orders"), ["0"], "the one before stays");
        let state = if kind == Kind::Mariadb { "2_bad.sql failed" } else { "2_bad.sql pending" };
        assert_eq!(states(&shop), ["1_orders.sql applied", state], "{kind:?}");
        if kind == Kind::Mariadb {
            shop.guard(&PROD).refused("history/failed");
        } else {
            assert!(!database.digest().contains("kept"), "{kind:?}");
        }
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn what_a_failed_migration_left_decides_how_the_next_run_goes_on() {
    let Some((shop, database)) = Shop::ready(Kind::Mariadb) else { return };
    shop.migration(
        "1_orders.sql",
        "create table orders (id int primary key); create index by_id on orders (id);",
    );
    shop.guard(&PROD).ok();
    let failed = "update _sqlx_migrations set success = false";
    // All is there.
    database.ask(failed);
    let told = shop.guard(&PROD).ok();
    assert!(told.stderr.contains("counts as applied"), "{}", told.stderr);
    assert_eq!(states(&shop), ["1_orders.sql applied"]);
    // A part is there.
    database.ask(&format!("{failed}; alter table orders drop index by_id"));
    let told = shop.guard(&PROD).refused("history/partial");
    assert!(told.json["next"][1].as_str().unwrap().contains("`guard migrate --env prod`"), "{told:?}");
    assert_eq!(told.json["details"]["present"], serde_json::json!(["table orders"]));
    assert_eq!(told.json["details"]["absent"], serde_json::json!(["index by_id"]));
    // Nothing is there.
    database.ask("drop table orders");
    let told = shop.guard(&PROD).ok();
    assert_eq!(told.json["details"]["applied"], serde_json::json!(["1_orders.sql"]));
    assert_eq!(database.column("select count(*) from orders"), ["0"]);
    // Its file was changed since it failed: what is there was made by another text.
    shop.migration("1_orders.sql", "create table orders (id int primary key, note text);");
    database.ask(failed);
    let told = shop.guard(&PROD).refused("history/partial");
    assert!(told.json["message"].as_str().unwrap().contains("was changed since"), "{told:?}");
    database.ask("drop table orders");
    shop.guard(&PROD).ok();
    assert_eq!(states(&shop), ["1_orders.sql applied"]);
    // What it did cannot be looked for: the ways out are named.
    shop.migration("2_rows.sql", "insert into orders (id) values (1);");
    shop.guard(&PROD).ok();
    database.ask("update _sqlx_migrations set success = false where version = 2");
    let told = shop.guard(&PROD).refused("history/failed");
    let next = told.json["next"].to_string();
    for way in ["set success = true where version = 2", "where version = 2", "`guard migrate --env prod`"] {
        assert!(next.contains(way), "{way}: {next}");
    }
}

#[test]
fn a_history_that_is_not_sane_refuses_and_says_so_in_the_ledger() {
    for kind in KINDS {
        let Some((shop, database)) = Shop::ready(kind) else { continue };
        shop.migration("5_orders.sql", "create table orders (id int primary key);");
        shop.guard(&PROD).ok();
        let cases = [
            ("update _sqlx_migrations set checksum = checksum || checksum", "edited", "history/edited"),
            ("update _sqlx_migrations set version = 4", "missing-file", "history/missing-file"),
        ];
        for (change, state, code) in cases {
            let change = if kind == Kind::Mariadb {
                change.replace("checksum || checksum", "concat(checksum, 'x')")
            } else {
                change.to_owned()
            };
            database.ask("create table if not exists saved as select * from _sqlx_migrations");
            database.ask(&change);
            assert!(states(&shop).iter().any(|line| line.ends_with(state)), "{kind:?} {state}");
            shop.guard(&PROD).refused(code);
            database.ask("delete from _sqlx_migrations; insert into _sqlx_migrations select * from saved");
        }
        shop.migration("3_late.sql", "create table late (id int primary key);");
        shop.guard(&PROD).refused("history/out-of-order");
        shop.guard(&["ledger", "verify", "prod"]).ok();
        assert!(!database.digest().contains("late"));
    }
}

#[test]
fn a_migration_that_would_end_its_transaction_is_refused_beforehand() {
    for kind in KINDS {
        let Some((shop, database)) = Shop::ready(kind) else { continue };
        let before = database.digest();
        shop.migration("1_escape.sql", "create table smuggled (id int primary key); COMMIT; select 1 / 0;");
        shop.guard(&PLAN).refused("migration/transaction-control");
        shop.guard(&PROD).refused("migration/transaction-control");
        assert_eq!(database.digest(), before);
    }
}

#[test]
fn what_only_mysql_reads_as_a_statement_ends_no_transaction_either() {
    let Some((shop, database)) = Shop::ready(Kind::Mariadb) else { return };
    let before = database.digest();
    for hidden in ["/*M! COMMIT */", "/*!50000 COMMIT */", "select 5--3; COMMIT"] {
        shop.migration("1_escape.sql", &format!("create table smuggled (id int primary key); {hidden};"));
        shop.guard(&PROD).refused("migration/transaction-control");
        assert_eq!(database.digest(), before, "{hidden}");
    }
}

#[test]
fn a_migration_with_nothing_in_it_is_applied_on_every_engine() {
    for kind in KINDS {
        let Some((shop, _database)) = Shop::ready(kind) else { continue };
        shop.migration("1_nothing.sql", "");
        shop.migration("2_later.sql", "-- Add migration script here\n");
        shop.guard(&PROD).ok();
        assert_eq!(states(&shop), ["1_nothing.sql applied", "2_later.sql applied"], "{kind:?}");
        shop.guard(&PROD).ok();
    }
}

#[test]
fn an_index_that_does_not_hold_is_no_success_on_any_run() {
    let Some((shop, database)) = Shop::ready(Kind::Postgres) else { return };
    shop.migration(
        "1_orders.sql",
        "create table orders (id int, code int); insert into orders values (1, 1), (2, 1);",
    );
    shop.guard(&PROD).ok();
    shop.migration(
        "2_index.sql",
        "-- no-transaction\ncreate unique index concurrently if not exists by_code on orders (code);",
    );
    assert_eq!(shop.guard(&PROD).code(), "migration/invalid-index");
    // The tool itself would now record it as applied.
    assert_eq!(shop.guard(&PROD).code(), "migration/invalid-index");
    assert_eq!(states(&shop), ["1_orders.sql applied", "2_index.sql pending"]);
    database.ask("drop index by_code; delete from orders where id = 2");
    shop.guard(&PROD).ok();
    assert_eq!(database.column("select count(*) from pg_index where not indisvalid"), ["0"]);
}

#[test]
fn a_migration_that_touches_the_mark_or_the_history_fails_the_run() {
    for kind in KINDS {
        let Some((shop, _database)) = Shop::ready(kind) else { continue };
        shop.migration("1_mark.sql", "update database_metadata set environment = 'dev';");
        assert_eq!(shop.guard(&PROD).code(), "migration/mark-changed", "{kind:?}");
    }
}

#[test]
fn an_empty_database_is_migrated_and_marked_in_one_run() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        let mut shop = Shop::migrating();
        shop.everywhere(&database.url);
        let text = if kind == Kind::Postgres { "text" } else { "varchar(4000)" };
        let id = if kind == Kind::Postgres { "text" } else { "varchar(32)" };
        shop.migration(
            "1_metadata.sql",
            &format!("create table database_metadata (id {id} primary key, environment {id} not null, fingerprint {text} not null);"),
        );
        shop.guard(&["migrate", "--env", "dev"]).refused("fingerprint/missing");
        let told = shop.guard(&["migrate", "--env", "dev", "--init"]).ok();
        assert_eq!(told.detail("mark").len(), 32, "its pins are told: {told:?}");
        shop.guard(&["fingerprint", "verify", "dev"]).ok();
        assert_eq!(database.column("select count(*) from _sqlx_migrations"), ["1"]);
        shop.migration("2_orders.sql", "create table orders (id int primary key);");
        shop.guard(&["migrate", "--env", "dev"]).ok();
        let Some(full) = Database::new(kind) else { continue };
        full.ask("create table theirs (id int primary key)");
        shop.everywhere(&full.url).ci();
        shop.guard(&["migrate", "--env", "prod", "--init"]).refused("fingerprint/not-empty");
    }
}

#[test]
fn a_second_run_waits_and_then_says_who_holds_the_lease() {
    for (kind, takes) in
        [(Kind::Postgres, "select pg_advisory_lock(4711)"), (Kind::Mariadb, "select get_lock('gate', 3000)")]
    {
        let Some((mut shop, database)) = Shop::ready(kind) else { continue };
        // What the first run waits for is in this test's hands.
        let mut gate = session(&database.url);
        gate.script(takes).unwrap();
        shop.migration("1_slow.sql", &format!("create table orders (id int primary key); {takes};"));
        shop.set("GUARD_LOCK_TIMEOUT", "10m");
        let mut first = shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("its begin", || {
            database.column("select count(*) from guard_ledger where kind = 'begin'") == ["2"]
        });
        shop.set("GUARD_LEASE_TIMEOUT", "300ms");
        let told = shop.guard(&PROD).refused("lease/held");
        assert!(told.detail("holder").starts_with("guard:") && !told.detail("since").is_empty(), "{told:?}");
        drop(gate);
        shop.set("GUARD_LEASE_TIMEOUT", "60s");
        let told = shop.guard(&PROD).ok();
        assert_eq!(told.json["details"]["applied"], serde_json::json!([]), "{kind:?}");
        assert!(first.wait().unwrap().success());
        assert_eq!(database.column("select count(*) from _sqlx_migrations"), ["1"]);
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn a_file_that_nobody_can_read_while_a_run_writes_is_held_by_that_run() {
    let Some((mut shop, database)) = Shop::ready(Kind::Sqlite) else { return };
    shop.set("GUARD_LEASE_TIMEOUT", "300ms").set("GUARD_LOCK_TIMEOUT", "100ms");
    // A large transaction locks readers out as well, long before it ends.
    let mut writer = session(&database.url);
    writer.script("begin exclusive").unwrap();
    shop.guard(&PROD).refused("database/timeout");
    shop.guard(&STATUS).refused("database/timeout");
    let path = std::fs::canonicalize(database.url.trim_start_matches("sqlite://")).unwrap();
    let mut lease = std::fs::File::create(format!("{}.guard-lock", path.display())).unwrap();
    lease.lock().unwrap();
    std::io::Write::write_all(&mut lease, b"r1\n2026-01-01T00:00:00Z\nguard:r1 process 1\n").unwrap();
    let told = shop.guard(&PROD).refused("lease/held");
    assert_eq!((told.detail("run"), told.detail("since")), ("r1", "2026-01-01T00:00:00Z"), "{told:?}");
    writer.script("rollback").unwrap();
    drop(lease);
    shop.guard(&PROD).ok();
}

/// A statement that takes that many seconds.
fn pause(kind: Kind, seconds: u32) -> String {
    match kind {
        Kind::Postgres => format!("select pg_sleep({seconds})"),
        Kind::Mariadb => format!("select sleep({seconds})"),
        // So many steps take about as long on the slowest machine at hand, and no machine takes none.
        Kind::Sqlite => format!(
            "create table n as with recursive n(i) as (select 1 union all select i + 1 from n where i < {}) \
             select max(i) from n",
            seconds * 1_500_000
        ),
    }
}

#[test]
fn two_runs_and_an_index_that_is_built_concurrently_do_not_deadlock() {
    let Some((mut shop, database)) = Shop::ready(Kind::Postgres) else { return };
    shop.set("GUARD_LEASE_TIMEOUT", "60s");
    shop.migration(
        "1_orders.sql",
        "create table orders (id int); insert into orders select generate_series(1, 100000);",
    );
    shop.migration("2_index.sql", "-- no-transaction\ncreate index concurrently by_id on orders (id);");
    let runs: Vec<_> = (0..3)
        .map(|_| shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    assert_eq!(database.column("select count(*) from _sqlx_migrations where success"), ["2"]);
    assert_eq!(database.column("select count(*) from pg_index where not indisvalid"), ["0"]);
}

#[test]
fn a_run_that_was_killed_is_recognised_and_the_next_one_ends_well() {
    for kind in KINDS {
        let Some((mut shop, database)) = Shop::ready(kind) else { continue };
        shop.set("GUARD_LEASE_TIMEOUT", "60s");
        shop.migration(
            "1_slow.sql",
            &format!("{}; create table orders (id int primary key);", pause(kind, 4)),
        );
        let mut run = shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("its begin", || {
            database.column("select count(*) from guard_ledger where kind = 'begin'") == ["2"]
        });
        run.kill().unwrap();
        run.wait().unwrap();
        let told = shop.guard(&["ledger", "verify", "prod"]).ok();
        assert!(!told.detail("unfinished").is_empty(), "{kind:?} {told:?}");
        let told = shop.guard(&PROD);
        // MySQL may have begun the row; then the state is named and nothing is applied twice.
        if told.exit == 0 {
            assert_eq!(database.column("select count(*) from _sqlx_migrations where success"), ["1"]);
        } else {
            assert_eq!((kind, told.code()), (Kind::Mariadb, "history/failed"));
        }
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn a_lock_that_is_not_given_names_who_holds_it() {
    let Some((mut shop, database)) = Shop::ready(Kind::Postgres) else { return };
    shop.migration("1_orders.sql", "create table orders (id int primary key);");
    shop.guard(&PROD).ok();
    let mut reader = session(&database.url);
    reader.script("begin; select * from orders").unwrap();
    shop.set("GUARD_LOCK_TIMEOUT", "300ms");
    shop.migration("2_note.sql", "alter table orders add column note text;");
    let told = shop.guard(&PROD);
    assert_eq!(told.code(), "migration/failed");
    assert!(
        told.json["details"]["blocked_by"][0].as_str().unwrap().contains("idle in transaction"),
        "{told:?}"
    );
    reader.rollback().unwrap();
    shop.guard(&PROD).ok();
}

#[test]
fn whoever_holds_a_table_of_the_history_or_of_the_lease_is_not_waited_for_without_an_end() {
    let Some((mut shop, database)) = Shop::ready(Kind::Postgres) else { return };
    shop.migration("1_orders.sql", "create table orders (id int primary key);");
    shop.guard(&PROD).ok();
    shop.set("GUARD_LOCK_TIMEOUT", "300ms");
    for (table, words) in [
        ("_sqlx_migrations", &PLAN[..]),
        ("_sqlx_migrations", &STATUS[..]),
        ("_sqlx_migrations", &PROD[..]),
        ("guard_lease", &PROD[..]),
        ("guard_ledger", &PROD[..]),
        ("database_metadata", &["fingerprint", "verify", "prod"][..]),
    ] {
        let mut holder = session(&database.url);
        holder.script(&format!("begin; lock table {table}")).unwrap();
        let told = shop.guard(words);
        assert_eq!((told.code(), told.exit), ("database/timeout", 1), "{table} {told:?}");
        let busy = told.json["details"]["blocked_by"][0].as_str().unwrap();
        assert!(busy.contains("idle in transaction"), "{table} {told:?}");
        holder.rollback().unwrap();
    }
    shop.guard(&PROD).ok();
}

#[test]
fn a_contract_that_permits_more_than_at_the_last_run_needs_an_approval() {
    let Some((shop, _database)) = Shop::ready(Kind::Postgres) else { return };
    shop.guard(&PROD).ok();
    let contract = std::fs::read_to_string(shop.root().join("contract/mutation.toml")).unwrap();
    shop.contract(&contract.replace("tool = \"sqlx\"", "tool = \"sqlx\"\ndestructive = \"allow\""));
    drop(shop.run(&["contract", "freeze"]));
    shop.commit();
    // One commit more, so that git's own base is as weak already.
    shop.commit();
    shop.guard(&PROD).refused("contract/weakened");
}

#[test]
fn a_pooler_in_transaction_mode_is_no_hindrance_and_keeps_nothing() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let Some((_pooler, url)) = servers::pooled(&database) else { return };
    let mut shop = Shop::migrating();
    shop.everywhere(&url).ci().set("GUARD_LEASE_TIMEOUT", "60s");
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    shop.guard(&["fingerprint", "verify", "prod"]).ok();
    shop.migration("1_orders.sql", "create table orders (id int primary key);");
    shop.migration("2_more.sql", "select pg_sleep(1); alter table orders add note text;");
    let runs: Vec<_> = (0..3)
        .map(|_| shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    assert_eq!(database.column("select count(*) from _sqlx_migrations where success"), ["2"]);
    shop.guard(&["ledger", "verify", "prod"]).ok();
    // Whoever gets these connections next finds no setting and no lock of ours.
    for _ in 0..5 {
        assert_eq!(servers::column(&url, "select current_setting('search_path')"), ["\"$user\", public"]);
        assert_eq!(servers::column(&url, "select current_setting('lock_timeout')"), ["0"]);
    }
    let locks = "select count(*) from pg_locks l join pg_database d on d.oid = l.database \
                 where l.locktype = 'advisory' and d.datname = current_database()";
    assert_eq!(database.column(locks), ["0"]);
}

#[test]
fn a_plan_and_a_change_cannot_be_asked_at_once() {
    let shop = Shop::migrating();
    for words in [
        &["migrate"][..],
        &["migrate", "--env", "dev", "--plan", "--status"],
        &["migrate", "--env", "dev", "--"],
        &["migrate", "--env", "dev", "--force"],
        &["migrate", "--env", "dev", "--yes"],
    ] {
        assert_eq!(shop.run(words).status.code(), Some(64), "{words:?}");
    }
}
