//! guard killed with -9 at every step of a run: the next run names what it found and ends well, or refuses
//! with what to do; nothing is applied twice.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use std::process::Stdio;

use servers::relay::{Relay, port_of, through};
use servers::{Database, Kind, session};
use shop::{CONTRACT, Shop, wait_until};

const PROD: [&str; 3] = ["migrate", "--env", "prod"];

/// Where the run stands when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It holds the lease and cannot write its begin.
    Begin,
    /// Its begin is written, and the first migration waits.
    First,
    /// The first is applied, and the second waits.
    Second,
    /// Both are applied, and the end cannot be written.
    End,
}

/// How a test keeps others from writing to a table that they may still read.
fn hold(kind: Kind, table: &str) -> (guard::io::database::Session, &'static str) {
    let database = table;
    let (url, table) = database.split_once('|').unwrap();
    let mut own = session(url);
    match kind {
        Kind::Postgres => own.script(&format!("begin; lock table {table} in exclusive mode")).unwrap(),
        _ => own.script(&format!("lock tables {table} read")).unwrap(),
    }
    (own, if kind == Kind::Postgres { "rollback" } else { "unlock tables" })
}

fn project(tool: &str) -> Shop {
    let shop = Shop::checked();
    let folder = if tool == "prisma" { "prisma/migrations" } else { "migrations" };
    shop.sandbox.write(&format!("shop/{folder}/.keep"), "");
    shop.contract(&format!("{CONTRACT}\n[migrations]\npath = \"{folder}\"\ntool = \"{tool}\"\n"));
    shop.freeze();
    shop
}

fn write(shop: &Shop, tool: &str, number: u32, sql: &str) {
    let path = match tool {
        "prisma" => format!("shop/prisma/migrations/{number}_step/migration.sql"),
        _ => format!("shop/migrations/{number}_step.sql"),
    };
    shop.sandbox.write(&path, sql);
    shop.commit();
}

fn killed_at(kind: Kind, tool: &str, step: Step) {
    let Some(database) = Database::new(kind) else { return };
    let mut shop = project(tool);
    shop.everywhere(&database.url).ci().set("GUARD_LOCK_TIMEOUT", "60s").set("GUARD_LEASE_TIMEOUT", "60s");
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    database.ask("create table gate (a int); create table counted (a int)");
    let waits = if step == Step::First { 1 } else { 2 };
    for number in [1, 2] {
        let gate = if number == waits { "insert into gate values (1);" } else { "" };
        let sql = format!("insert into counted values ({number}); {gate} create table step{number} (a int);");
        write(&shop, tool, number, &sql);
    }
    let at = |table: &str| format!("{}|{table}", database.url);
    let gate = (step != Step::Begin).then(|| hold(kind, &at("gate")));
    let ledger = (step == Step::Begin).then(|| hold(kind, &at("guard_ledger")));
    let mut run = shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let rows = |want: &str| database.column("select count(*) from guard_ledger") == [want];
    let history = if tool == "prisma" { "_prisma_migrations" } else { "_sqlx_migrations" };
    let applied = || {
        let sql = match kind {
            Kind::Postgres => format!("select count(*) from pg_class where relname = '{history}'"),
            _ => format!(
                "select count(*) from information_schema.tables where table_schema = database() and table_name = '{history}'"
            ),
        };
        if database.column(&sql) == ["0"] {
            return 0;
        }
        database.column(&format!("select count(*) from {history}"))[0].parse::<u32>().unwrap()
    };
    let waiting = || {
        let sql = match kind {
            Kind::Postgres => {
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
            }
            _ => {
                "select count(*) from information_schema.processlist where db = database() and state like 'Waiting for table%'"
            }
        };
        database.column(sql) != ["0"]
    };
    let mut late = None;
    match step {
        Step::Begin => wait_until("begin", waiting),
        Step::First => wait_until("first", || rows("3") && waiting()),
        Step::Second => wait_until("second", || applied() >= 1 && waiting()),
        Step::End => {
            wait_until("the gate", || applied() >= 1 && waiting());
            late = Some(hold(kind, &at("guard_ledger")));
            let (mut own, words) = gate.unwrap();
            own.script(words).unwrap();
            drop(own);
            wait_until("the end", || applied() >= 2 && waiting());
            run.kill().unwrap();
            run.wait().unwrap();
            finish(kind, tool, step, &shop, &database, late);
            return;
        }
    }
    run.kill().unwrap();
    run.wait().unwrap();
    for held in [gate, ledger, late].into_iter().flatten() {
        let (mut own, words) = held;
        own.script(words).unwrap();
    }
    finish(kind, tool, step, &shop, &database, None);
}

fn finish(
    kind: Kind,
    tool: &str,
    step: Step,
    shop: &Shop,
    database: &Database,
    held: Option<(guard::io::database::Session, &'static str)>,
) {
    if let Some((mut own, words)) = held {
        own.script(words).unwrap();
    }
    let told = shop.guard(&PROD);
    let twice = database.column("select a from counted group by a having count(*) > 1");
    assert!(twice.is_empty(), "{kind:?} {tool} {step:?}: {twice:?}");
    if told.code() == "history/failed" && kind == Kind::Mariadb {
        // The server had gone on with the statements that it was handed; what cannot be looked for
        // afterwards is not guessed.
        let number = if step == Step::First { 1 } else { 2 };
        let name = told.refused("history/failed").json["details"]["migrations"][0].to_string();
        assert!(name.contains(&format!("{number}_step")), "{name}");
        shop.guard(&["ledger", "verify", "prod"]).ok();
        return;
    }
    let told = told.ok();
    let closed = told.stderr.contains("never said how it ended");
    assert_eq!(closed, step != Step::Begin, "{kind:?} {tool} {step:?}: {}", told.stderr);
    assert_eq!(database.column("select a from counted order by a"), ["1", "2"], "{kind:?} {tool} {step:?}");
    shop.guard(&["migrate", "--env", "prod", "--status"]).ok();
    let left = told.json["details"]["applied"].as_array().unwrap().len();
    let expected = match step {
        Step::Begin | Step::First => 2,
        Step::Second => 1,
        Step::End => 0,
    };
    // A server of Postgres goes on with the migration that it was handed: all of it, with its row.
    let finished =
        kind == Kind::Postgres && matches!(step, Step::First | Step::Second) && left + 1 == expected;
    assert!(left == expected || finished, "{kind:?} {tool} {step:?}: {left} of {expected}");
    // Whatever was left is the end of the folder, so that nothing was left out.
    let applied = told.json["details"]["applied"].to_string();
    for number in 1..=2 {
        assert_eq!(
            applied.contains(&format!("{number}_step")),
            number + left > 2,
            "{kind:?} {tool} {step:?}: {applied}"
        );
    }
    shop.guard(&["ledger", "verify", "prod"]).ok();
}

#[test]
fn killed_at_any_step_on_postgres_the_next_run_ends_well() {
    for tool in ["sqlx", "prisma"] {
        for step in [Step::Begin, Step::First, Step::Second, Step::End] {
            killed_at(Kind::Postgres, tool, step);
        }
    }
}

#[test]
fn killed_at_any_step_on_mariadb_the_next_run_ends_well() {
    for tool in ["sqlx", "prisma"] {
        for step in [Step::Begin, Step::First, Step::Second, Step::End] {
            killed_at(Kind::Mariadb, tool, step);
        }
    }
}

#[test]
fn killed_inside_of_a_migration_on_sqlite_the_next_run_ends_well() {
    for tool in ["sqlx", "prisma"] {
        let Some(database) = Database::new(Kind::Sqlite) else { return };
        let mut shop = project(tool);
        shop.everywhere(&database.url).ci().set("GUARD_LEASE_TIMEOUT", "60s");
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        write(&shop, tool, 1, "create table counted (a int); insert into counted values (1);");
        let slow = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000000) \
                    select max(i) from n";
        write(&shop, tool, 2, &format!("insert into counted values (2); create table late as {slow};"));
        let mut run = shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        // The lines for people say where it is.
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(run.stderr.take().unwrap()));
        wait_until("the second", || lines.next().unwrap().unwrap().starts_with("applying 2_step"));
        run.kill().unwrap();
        run.wait().unwrap();
        let told = shop.guard(&PROD).ok();
        assert!(told.stderr.contains("never said how it ended"), "{}", told.stderr);
        assert_eq!(told.json["details"]["applied"].as_array().unwrap().len(), 1, "{tool}");
        assert_eq!(database.column("select a from counted order by a"), ["1", "2"], "{tool}");
        shop.guard(&["ledger", "verify", "prod"]).ok();
    }
}

#[test]
fn a_schema_that_was_changed_halfway_is_named_and_nothing_is_done_twice() {
    for tool in ["sqlx", "prisma"] {
        let Some(database) = Database::new(Kind::Mariadb) else { return };
        let mut shop = project(tool);
        shop.everywhere(&database.url)
            .ci()
            .set("GUARD_LOCK_TIMEOUT", "60s")
            .set("GUARD_LEASE_TIMEOUT", "60s");
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        database.ask("create table gate (a int)");
        write(&shop, tool, 1, "create table half (a int); create index by_a on gate (a);");
        let (mut own, words) = hold(Kind::Mariadb, &format!("{}|gate", database.url));
        let mut run = shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let waiting = "select count(*) from information_schema.processlist where db = database() and state like 'Waiting for table%'";
        wait_until("the index", || database.column(waiting) != ["0"]);
        run.kill().unwrap();
        run.wait().unwrap();
        // The server goes on with the statement that it has; here it never gets to it.
        let ids = database.column(
            "select id from information_schema.processlist where db = database() and state like 'Waiting for table%'",
        );
        for id in ids {
            database.ask(&format!("kill {id}"));
        }
        wait_until("the end of it", || database.column(waiting) == ["0"]);
        own.script(words).unwrap();
        let told = shop.guard(&PROD).refused("history/partial");
        assert_eq!(told.json["details"]["present"], serde_json::json!(["table half"]), "{tool}");
        assert_eq!(told.json["details"]["absent"], serde_json::json!(["index by_a"]));
        database.ask("create index by_a on gate (a)");
        let told = shop.guard(&PROD).ok();
        assert!(told.stderr.contains("counts as applied"), "{}", told.stderr);
        shop.guard(&["migrate", "--env", "prod", "--status"]).ok();
    }
}

#[test]
fn an_index_that_was_being_built_is_named() {
    for tool in ["sqlx", "prisma"] {
        let Some(database) = Database::new(Kind::Postgres) else { return };
        let mut shop = project(tool);
        shop.everywhere(&database.url)
            .ci()
            .set("GUARD_LOCK_TIMEOUT", "60s")
            .set("GUARD_LEASE_TIMEOUT", "60s");
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        write(&shop, tool, 1, "create table orders (a int);");
        shop.guard(&PROD).ok();
        let front = if tool == "sqlx" { "-- no-transaction\n" } else { "" };
        write(&shop, tool, 2, &format!("{front}create index concurrently by_a on orders (a);"));
        // An open snapshot is what the building of the index waits for.
        let mut reader = session(&database.url);
        reader.script("begin isolation level repeatable read; insert into orders values (1)").unwrap();
        let mut run = shop.command(&PROD).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let there = "select count(*) from pg_class where relname = 'by_a'";
        wait_until("the index", || database.column(there) == ["1"]);
        run.kill().unwrap();
        run.wait().unwrap();
        // The server ends what it builds once it hears that nobody waits.
        database.ask(
            "select pg_terminate_backend(pid) from pg_stat_activity where query like 'create index concurrently%' \
             or query like '%-- no-transaction%' and pid <> pg_backend_pid()",
        );
        reader.rollback().unwrap();
        let told = shop.guard(&PROD).refused("migration/invalid-index");
        assert_eq!(told.json["details"]["indexes"], serde_json::json!(["public.by_a"]), "{tool}");
        database.ask("drop index by_a");
        shop.guard(&PROD).ok();
        assert_eq!(database.column("select count(*) from pg_index where not indisvalid"), ["0"]);
    }
}

#[test]
fn what_needs_a_session_is_refused_behind_a_pooler() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let Some((_pooler, url)) = servers::pooled(&database) else { return };
    let mut shop = project("sqlx");
    shop.everywhere(&url).ci();
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    write(&shop, "sqlx", 1, "create table orders (a int);");
    shop.guard(&PROD).ok();
    write(&shop, "sqlx", 2, "-- no-transaction\ncreate index concurrently by_a on orders (a);");
    let told = shop.guard(&PROD).refused("migration/transaction-control");
    assert!(told.json["message"].as_str().unwrap().contains("pooler"), "{told:?}");
    assert_eq!(database.column("select count(*) from pg_class where relname = 'by_a'"), ["0"]);
    // Without the pooler it is what it is.
    let Some(direct) = Database::new(Kind::Postgres) else { return };
    shop.everywhere(&direct.url);
    shop.forget_receipts();
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    shop.guard(&PROD).ok();
}

#[test]
fn a_connection_that_is_lost_inside_of_a_migration_is_no_claim_of_what_came_of_it() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let relay = Relay::to(port_of(&database.url));
    let mut shop = project("sqlx");
    shop.everywhere(&through(&database.url, relay.port)).ci();
    shop.set("GUARD_LOCK_TIMEOUT", "60s").set("GUARD_LEASE_TIMEOUT", "60s");
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    database.ask("create table gate (a int); create table counted (a int)");
    write(&shop, "sqlx", 1, "insert into counted values (1); insert into gate values (1);");
    let (mut holder, release) = hold(Kind::Postgres, &format!("{}|gate", database.url));
    let run = shop
        .command(&["migrate", "--env", "prod", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_until("the gate", || {
        database.column(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
        ) != ["0"]
    });
    relay.cut();
    let output = run.wait_with_output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), told["outcome"].as_str()), (Some(1), Some("failed")), "{told}");
    assert!(told["message"].as_str().unwrap().contains("is not known"), "{told}");
    holder.script(release).unwrap();
    shop.guard(&PROD).ok();
    assert_eq!(database.column("select count(*) from counted"), ["1"]);
    assert_eq!(database.column("select count(*) from _sqlx_migrations where success"), ["1"]);
}
