//! What thirteen tools wrote down, read without the tool: planted as they write it, on every engine that
//! they know.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use servers::{Database, KINDS, Kind};
use shop::{CONTRACT, Shop};

struct Case {
    tool: &'static str,
    kinds: &'static [Kind],
    /// Files of the repository; the first folder is that of the contract.
    folder: &'static str,
    files: &'static [(&'static str, &'static str)],
    sql: &'static str,
    states: &'static str,
    code: &'static str,
}

const ALL: &[Kind] = &KINDS;

/// `{when}` is a column for a moment, `{yes}` and `{no}` are truth, `{flag}` its column.
const CASES: &[Case] = &[
    Case {
        tool: "flyway",
        kinds: ALL,
        folder: "db/migration",
        files: &[
            ("V1__orders.sql", "123456789"),
            ("V2__more.sql", "select 2"),
            ("V1.5__between.sql", "select 15"),
            ("R__views.sql", "select 1"),
        ],
        sql: "create table flyway_schema_history (installed_rank int primary key, version varchar(50), \
              description varchar(200) not null, type varchar(20) not null, script varchar(1000) not null, \
              checksum int, installed_by varchar(100) not null, installed_on {when}, execution_time int not null, \
              success {flag} not null); \
              insert into flyway_schema_history values (1, '1', 'orders', 'SQL', 'V1__orders.sql', -873187034, 'u', \
              {now}, 5, {yes}), (2, '1.7', 'gone', 'SQL', 'V1_7__gone.sql', 1, 'u', {now}, 5, {yes})",
        states: "V1__orders.sql applied, V1.5__between.sql out-of-order, V1_7__gone.sql missing-file, \
                 V2__more.sql pending, R__views.sql pending",
        code: "history/missing-file",
    },
    Case {
        tool: "flyway",
        kinds: ALL,
        folder: "db/migration",
        files: &[("V1__orders.sql", "other"), ("V2__more.sql", "select 2")],
        sql: "create table flyway_schema_history (installed_rank int primary key, version varchar(50), \
              description varchar(200) not null, type varchar(20) not null, script varchar(1000) not null, \
              checksum int, installed_by varchar(100) not null, installed_on {when}, execution_time int not null, \
              success {flag} not null); \
              insert into flyway_schema_history values (1, '1', 'orders', 'SQL', 'V1__orders.sql', -873187034, 'u', \
              {now}, 5, {yes}), (2, '2', 'more', 'SQL', 'V2__more.sql', null, 'u', {now}, 5, {no})",
        states: "V1__orders.sql edited, V2__more.sql failed",
        code: "history/failed",
    },
    Case {
        tool: "liquibase",
        kinds: ALL,
        folder: "changes",
        files: &[(
            "a.sql",
            "--liquibase formatted sql\n--changeset ann:1\ncreate table a (b int);\n--changeset ann:2 runOnChange:true\nselect 1;\n",
        )],
        sql: "create table DATABASECHANGELOG (ID varchar(255) not null, AUTHOR varchar(255) not null, \
              FILENAME varchar(255) not null, DATEEXECUTED {when}, ORDEREXECUTED int not null, \
              EXECTYPE varchar(10) not null, MD5SUM varchar(35)); \
              create table DATABASECHANGELOGLOCK (ID int not null primary key, LOCKED {flag} not null, \
              LOCKGRANTED {when}, LOCKEDBY varchar(255)); \
              insert into DATABASECHANGELOG values ('1', 'ann', 'changes/a.sql', {now}, 1, 'EXECUTED', '9:x'); \
              insert into DATABASECHANGELOGLOCK values (1, {yes}, {now}, 'host (10.0.0.1)')",
        states: "changes/a.sql::1::ann applied, changes/a.sql::2::ann pending",
        code: "history/unfinished",
    },
    Case {
        tool: "rails",
        kinds: ALL,
        folder: "db/migrate",
        files: &[
            ("20260101000000_orders.rb", "class Orders; end"),
            ("20260102000000_more.rb", "class More; end"),
        ],
        sql: "create table schema_migrations (version varchar(255) primary key); \
              insert into schema_migrations values ('20260101000000')",
        states: "20260101000000_orders.rb applied, 20260102000000_more.rb pending",
        code: "ok",
    },
    Case {
        tool: "golang-migrate",
        kinds: ALL,
        folder: "migrations",
        files: &[
            ("0001_a.up.sql", "select 1"),
            ("0001_a.down.sql", "select 1"),
            ("0002_b.up.sql", "select 1"),
            ("0002_b.down.sql", "select 1"),
            ("0003_c.up.sql", "select 1"),
        ],
        sql: "create table schema_migrations (version bigint not null primary key, dirty {flag} not null); \
              insert into schema_migrations values (2, {yes})",
        states: "0001_a.up.sql applied, 0002_b.up.sql failed, 0003_c.up.sql pending",
        code: "history/failed",
    },
    Case {
        tool: "refinery",
        kinds: ALL,
        folder: "migrations",
        files: &[("V1__a.rs", "x"), ("V3__c.rs", "x"), ("V2__b.rs", "x")],
        sql: "create table refinery_schema_history (version int primary key, name varchar(255), \
              applied_on varchar(255), checksum varchar(255)); \
              insert into refinery_schema_history values (1, 'a', '2026-01-01T00:00:00Z', '1'), \
              (3, 'c', '2026-01-01T00:00:00Z', '1')",
        states: "V1__a.rs applied, V2__b.rs out-of-order, V3__c.rs applied",
        code: "history/out-of-order",
    },
    Case {
        tool: "atlas",
        kinds: ALL,
        folder: "migrations",
        files: &[
            ("20260101000000_a.sql", "select 1"),
            ("20260102000000_b.sql", "select 1"),
            ("20260103000000_c.sql", "select 1"),
            (
                "atlas.sum",
                "h1:x\n20260101000000_a.sql h1:one\n20260102000000_b.sql h1:two\n20260103000000_c.sql h1:three\n",
            ),
        ],
        sql: "create table atlas_schema_revisions (version varchar(255) primary key, description varchar(255), \
              applied bigint, total bigint, executed_at {when}, error varchar(255), hash varchar(255)); \
              insert into atlas_schema_revisions values ('20260101000000', 'a', 1, 1, {now}, '', 'other'), \
              ('20260102000000', 'b', 1, 2, {now}, 'no such table', 'two')",
        states: "20260101000000_a.sql edited, 20260102000000_b.sql failed, 20260103000000_c.sql pending",
        code: "history/failed",
    },
    Case {
        tool: "pgroll",
        kinds: &[Kind::Postgres],
        folder: "migrations",
        files: &[("01_a.json", "{}"), ("02_b.json", "{}")],
        sql: "create schema pgroll; create table pgroll.migrations (schema text, name text, migration jsonb, \
              created_at timestamp default now(), updated_at timestamp, parent text, done bool not null); \
              insert into pgroll.migrations (schema, name, done) values ('public', '01_a', true)",
        states: "01_a applied, 02_b pending",
        code: "ok",
    },
    Case {
        tool: "django",
        kinds: ALL,
        folder: "shop/migrations",
        files: &[
            ("0001_initial.py", "class Migration: pass"),
            ("0002_more.py", "class Migration: pass"),
            ("__init__.py", ""),
        ],
        sql: "create table django_migrations (id int primary key, app varchar(255), name varchar(255), applied {when}); \
              insert into django_migrations values (1, 'auth', '0001_initial', {now}), (2, 'shop', '0001_initial', {now})",
        states: "auth.0001_initial applied, shop.0001_initial applied, shop.0002_more pending",
        code: "ok",
    },
    Case {
        tool: "alembic",
        kinds: ALL,
        folder: "alembic/versions",
        files: &[
            ("a1_first.py", "revision = 'a1'\ndown_revision = None\n"),
            ("b2_second.py", "revision: str = 'b2'\ndown_revision: str = 'a1'\n"),
            ("c3_third.py", "revision = 'c3'\ndown_revision = ('b2',)\n"),
        ],
        sql: "create table alembic_version (version_num varchar(32) primary key); \
              insert into alembic_version values ('b2')",
        states: "a1_first applied, b2_second applied, c3_third pending",
        code: "ok",
    },
    Case {
        tool: "drizzle",
        kinds: ALL,
        folder: "drizzle",
        files: &[
            ("0000_a.sql", "select 1"),
            ("0001_late.sql", "select 2"),
            ("0002_c.sql", "select 3"),
            (
                "meta/_journal.json",
                r#"{"entries":[{"idx":0,"when":1000,"tag":"0000_a"},{"idx":1,"when":500,"tag":"0001_late"},{"idx":2,"when":2000,"tag":"0002_c"}]}"#,
            ),
        ],
        // The digest of `select 1`.
        sql: "create table __drizzle_migrations (id int primary key, hash varchar(100) not null, created_at bigint); \
              insert into __drizzle_migrations values \
              (1, '822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f', 1000)",
        states: "0000_a applied, 0001_late skipped, 0002_c pending",
        code: "history/out-of-order",
    },
    Case {
        tool: "knex",
        kinds: ALL,
        folder: "migrations",
        files: &[
            ("20260101_a.js", "exports.up = async () => {};"),
            ("20260102_b.js", "exports.up = async () => {};"),
        ],
        sql: "create table knex_migrations (id int primary key, name varchar(255), batch int, migration_time {when}); \
              create table knex_migrations_lock (idx int primary key, is_locked int); \
              insert into knex_migrations values (1, '20260101_a.js', 1, {now}); \
              insert into knex_migrations_lock values (1, 0)",
        states: "20260101_a.js applied, 20260102_b.js pending",
        code: "ok",
    },
    Case {
        tool: "prisma",
        kinds: ALL,
        folder: "prisma/migrations",
        files: &[("1_a/migration.sql", "select 1"), ("2_b/migration.sql", "select 2")],
        sql: "create table _prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null, \
              finished_at {when} null, migration_name varchar(255) not null, logs varchar(100), rolled_back_at {when} null, \
              started_at {when} null, applied_steps_count int not null default 0); \
              insert into _prisma_migrations (id, checksum, finished_at, migration_name, rolled_back_at) values \
              ('0', 'x', null, '1_a', {now}), \
              ('1', '822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f', {now}, '1_a', null)",
        states: "1_a applied, 2_b pending",
        code: "ok",
    },
    Case {
        tool: "sqlx",
        kinds: ALL,
        folder: "migrations",
        files: &[("1_a.sql", "select 1"), ("2_b.sql", "select 2")],
        sql: "create table _sqlx_migrations (version bigint primary key, description varchar(100) not null, \
              installed_on {when}, success {flag} not null, checksum {bytes}, execution_time bigint not null); \
              insert into _sqlx_migrations values (1, 'a', {now}, {no}, null, -1)",
        states: "1_a.sql failed, 2_b.sql pending",
        code: "history/failed",
    },
];

fn in_words_of(kind: Kind, sql: &str) -> String {
    let (when, yes, no, flag, bytes) = match kind {
        Kind::Postgres => ("timestamp", "true", "false", "boolean", "bytea"),
        Kind::Mariadb => ("datetime", "1", "0", "tinyint(1)", "blob"),
        Kind::Sqlite => ("datetime", "1", "0", "boolean", "blob"),
    };
    sql.replace("{when}", when)
        .replace("{yes}", yes)
        .replace("{no}", no)
        .replace("{flag}", flag)
        .replace("{bytes}", bytes)
        .replace("{now}", "'2026-01-01 00:00:00'")
}

fn project(case: &Case) -> Shop {
    let shop = Shop::checked();
    for (name, text) in case.files {
        shop.sandbox.write(&format!("shop/{}/{name}", case.folder), text);
    }
    let tool = if ["sqlx", "prisma"].contains(&case.tool) { case.tool } else { "sql" };
    shop.contract(&format!("{CONTRACT}\n[migrations]\npath = \"{}\"\ntool = \"{tool}\"\n", case.folder));
    shop.freeze();
    shop
}

#[test]
fn every_history_is_read_without_its_tool() {
    for case in CASES {
        for kind in case.kinds {
            let Some(database) = Database::new(*kind) else { continue };
            let mut shop = project(case);
            shop.everywhere(&database.url).ci();
            shop.guard(&["fingerprint", "init", "prod"]).ok();
            database.ask(&in_words_of(*kind, case.sql));
            let told = shop.guard(&["migrate", "--env", "prod", "--status"]);
            let lines =
                told.json["migrations"].as_array().unwrap_or_else(|| panic!("{} {told:?}", case.tool));
            let states: Vec<String> = lines
                .iter()
                .map(|line| format!("{} {}", line["name"].as_str().unwrap(), line["state"].as_str().unwrap()))
                .collect();
            assert_eq!(states.join(", "), case.states, "{} on {kind:?}: {told:?}", case.tool);
            assert_eq!((told.json["tool"].as_str(), told.code()), (Some(case.tool), case.code), "{kind:?}");
            assert_eq!(told.exit, i32::from(case.code != "ok"), "{} on {kind:?}", case.tool);
            let rows = database.column("select count(*) from guard_ledger");
            assert_eq!(rows, ["2"], "a look writes nothing");
        }
    }
}

#[test]
fn a_database_without_history_says_what_is_pending() {
    for case in CASES.iter().filter(|case| case.tool != "pgroll") {
        let Some(database) = Database::new(Kind::Sqlite) else { return };
        let mut shop = project(case);
        shop.everywhere(&database.url).ci();
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        let told = shop.guard(&["migrate", "--env", "prod", "--status"]).ok();
        let lines = told.json["migrations"].as_array().unwrap();
        assert!(
            !lines.is_empty() && lines.iter().all(|line| line["state"] == "pending"),
            "{} {told:?}",
            case.tool
        );
    }
}
