//! Every state of a mark beside every way of changing a database: the verdict of each is a row of the table
//! in `docs/runtime.md`, and nothing was started or written where it is a refusal.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use std::any::Any;

use guard::io::database::url::DatabaseUrl;
use guard::lease;
use guard::ledger::{self, Draft, Step};
use servers::relay::{Relay, port_of, through};
use servers::{Database, Kind};
use shop::{CONTRACT, Shop, Told};

/// What happened to a database that was marked as prod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Nothing,
    NeverMarked,
    RowGone,
    TwoRows,
    EnvironmentEdited,
    PayloadEdited,
    View,
    SearchPath,
    OtherEnvironment,
    OtherProject,
    BeforeGuard,
    Copy,
    Renamed,
    MadeAnew,
    OtherPort,
    WentBack,
    Temporary,
    BadSignature,
    UnknownKey,
    Unsigned,
    OtherIdentity,
    OtherVersion,
    Standby,
    Promoted,
    Pooler,
    Held,
    Killed,
    NoProof,
}

/// What it is called, and the verdicts on Postgres, MariaDB and `SQLite`; a dash where an engine has no such thing.
const TABLE: &[(Event, &str, [&str; 3])] = &[
    (Event::Nothing, "marked, and the same", ["passes", "passes", "passes"]),
    (
        Event::NeverMarked,
        "never marked",
        ["`fingerprint/missing`", "`fingerprint/missing`", "`fingerprint/missing`"],
    ),
    (
        Event::RowGone,
        "the row is gone",
        ["`fingerprint/missing`", "`fingerprint/missing`", "`fingerprint/missing`"],
    ),
    (Event::TwoRows, "two rows", ["`fingerprint/corrupt`", "`fingerprint/corrupt`", "`fingerprint/corrupt`"]),
    (
        Event::EnvironmentEdited,
        "its environment was edited",
        ["`fingerprint/corrupt`", "`fingerprint/corrupt`", "`fingerprint/corrupt`"],
    ),
    (
        Event::PayloadEdited,
        "its payload was edited",
        ["`fingerprint/corrupt`", "`fingerprint/corrupt`", "`fingerprint/corrupt`"],
    ),
    (
        Event::View,
        "a view in place of the table",
        ["`fingerprint/corrupt`", "`fingerprint/corrupt`", "`fingerprint/corrupt`"],
    ),
    (Event::SearchPath, "another table first in the search path", ["passes", "–", "–"]),
    (
        Event::OtherEnvironment,
        "the mark of another environment",
        ["`fingerprint/environment`", "`fingerprint/environment`", "`fingerprint/environment`"],
    ),
    (
        Event::OtherProject,
        "the mark of another project",
        ["`fingerprint/project`", "`fingerprint/project`", "`fingerprint/project`"],
    ),
    (
        Event::BeforeGuard,
        "a text from before guard",
        ["`fingerprint/legacy`", "`fingerprint/legacy`", "`fingerprint/legacy`"],
    ),
    (
        Event::Copy,
        "a copy under another name",
        ["`fingerprint/clone`", "`fingerprint/placement`", "`fingerprint/placement`"],
    ),
    (Event::Renamed, "renamed", ["passes", "–", "`fingerprint/placement`"]),
    (
        Event::MadeAnew,
        "dropped and made again",
        ["`fingerprint/missing`", "`fingerprint/missing`", "`fingerprint/missing`"],
    ),
    (
        Event::OtherPort,
        "through a tunnel at another port",
        ["`fingerprint/placement`", "`fingerprint/placement`", "–"],
    ),
    (
        Event::WentBack,
        "older than the receipt",
        ["`fingerprint/rewound`", "`fingerprint/rewound`", "`fingerprint/rewound`"],
    ),
    (
        Event::Temporary,
        "a temporary table in its place",
        ["`fingerprint/missing`", "`fingerprint/missing`", "`fingerprint/missing`"],
    ),
    (
        Event::BadSignature,
        "signed, and its payload was edited",
        ["`fingerprint/signature`", "`fingerprint/signature`", "`fingerprint/signature`"],
    ),
    (
        Event::UnknownKey,
        "signed with a key that the contract does not name",
        ["`fingerprint/signature`", "`fingerprint/signature`", "`fingerprint/signature`"],
    ),
    (
        Event::Unsigned,
        "not signed, and the contract names keys",
        ["`fingerprint/signature`", "`fingerprint/signature`", "`fingerprint/signature`"],
    ),
    (
        Event::OtherIdentity,
        "in a cluster that was made anew, as a major upgrade makes it",
        ["`fingerprint/clone`", "–", "–"],
    ),
    (Event::OtherVersion, "a minor version later", ["passes", "passes", "–"]),
    (Event::Standby, "a standby", ["`database/standby`", "`database/standby`", "–"]),
    (Event::Promoted, "a base backup, promoted elsewhere", ["`fingerprint/placement`", "–", "–"]),
    (Event::Pooler, "through a pooler in transaction mode", ["passes", "–", "–"]),
    (Event::Held, "while another run is at work", ["`lease/held`", "`lease/held`", "`lease/held`"]),
    (Event::Killed, "after a run that was killed", ["passes", "passes", "passes"]),
    (Event::NoProof, "right, and not in CI", ["`proof/not-ci`", "`proof/not-ci`", "`proof/not-ci`"]),
];

#[test]
fn the_documentation_has_this_table() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/runtime.md")).unwrap();
    for (_, name, verdicts) in TABLE {
        let row = format!("| {name} | {} |", verdicts.join(" | "));
        assert!(text.contains(&row), "docs/runtime.md lacks: {row}");
    }
}

const TOOL: &str = "#!/bin/sh\ntouch \"$HOME/started\"\nexit 0\n";

/// One project with all three ways: native, wrapped, a declared script.
fn project() -> Shop {
    let mut shop = Shop::checked();
    shop.sandbox.write("bin/sqlx", TOOL);
    let tool = shop.sandbox.at("bin/sqlx");
    assert!(std::process::Command::new("chmod").arg("+x").arg(&tool).status().unwrap().success());
    shop.sandbox.write("shop/migrations/.keep", "");
    shop.sandbox
        .write("shop/scripts/sync.sh", "#!/bin/sh\nset -e\nsqlx migrate info\ntouch \"$HOME/started\"\n");
    shop.contract(&format!(
        "{CONTRACT}\n[migrations]\npath = \"migrations\"\ntool = \"sqlx\"\ncommands = [\"sqlx migrate run\"]\n\
         [[script]]\npath = \"scripts/sync.sh\"\nenvironment = \"prod\"\nenforced = \"wrapper\"\n"
    ));
    shop.freeze();
    let path = format!("{}:{}", shop.sandbox.at("bin").display(), std::env::var("PATH").unwrap());
    shop.set("PATH", path);
    shop
}

type Kept = Box<dyn Any>;

fn kept(it: impl Any) -> Kept {
    Box::new(it)
}

/// Makes it happen; the URL that the project now has. What is kept must live as long as the row.
fn happen(shop: &mut Shop, database: &Database, event: Event) -> (String, Kept) {
    let kind = database.kind;
    let same = database.url.clone();
    let ask = |sql: &str| database.ask(sql);
    match event {
        Event::Nothing | Event::NoProof => {}
        Event::NeverMarked => ask("drop table database_metadata"),
        Event::RowGone => ask("delete from database_metadata"),
        Event::TwoRows => ask(
            "create table other_metadata as select * from database_metadata; drop table database_metadata; \
             alter table other_metadata rename to database_metadata; \
             insert into database_metadata select * from database_metadata",
        ),
        Event::EnvironmentEdited => ask("update database_metadata set environment = 'dev'"),
        Event::PayloadEdited => {
            ask("update database_metadata set fingerprint = replace(fingerprint, 'e', 'f')");
        }
        Event::View => ask("alter table database_metadata rename to hidden_metadata; \
             create view database_metadata as select * from hidden_metadata"),
        Event::SearchPath => {
            ask(
                "create schema evil; create table evil.database_metadata as select * from public.database_metadata; \
                 update evil.database_metadata set environment = 'dev'",
            );
            ask(&format!("alter database {} set search_path = evil, public", database.name));
        }
        Event::OtherEnvironment => {
            ask("drop table database_metadata; drop table guard_ledger; drop table guard_lease");
            shop.forget_receipts();
            shop.guard(&["fingerprint", "init", "staging"]).ok();
        }
        Event::OtherProject => {
            reworded(database, |json| json.replace("\"shop\"", "\"blog\""));
        }
        Event::BeforeGuard => ask("update database_metadata set fingerprint = 'our own words'"),
        Event::Copy => return copied(database),
        Event::Renamed if kind == Kind::Sqlite => {
            let (_, file) = same.split_once("//").unwrap();
            let moved = format!("{file}.moved");
            std::fs::rename(file, &moved).unwrap();
            return (format!("sqlite://{moved}"), kept(()));
        }
        Event::Renamed => {
            let name = format!("{}_renamed", database.name);
            let sql = format!("alter database {} rename to {name}", database.name);
            servers::ask(&database.sibling("postgres"), &sql);
            return (database.sibling(&name), kept(()));
        }
        Event::MadeAnew if kind == Kind::Sqlite => {
            let (_, file) = same.split_once("//").unwrap();
            std::fs::remove_file(file).unwrap();
            std::fs::write(file, b"").unwrap();
        }
        Event::MadeAnew => {
            let other = if kind == Kind::Postgres { "postgres" } else { "mysql" };
            for sql in ["drop database", "create database"] {
                servers::ask(&database.sibling(other), &format!("{sql} {}", database.name));
            }
        }
        Event::OtherPort => {
            let relay = Relay::to(port_of(&same));
            return (through(&same, relay.port), kept(relay));
        }
        Event::WentBack => {
            shop.guard(&["migrate", "--env", "prod"]).ok();
            ask("delete from guard_ledger where generation > 2");
        }
        Event::Temporary => {
            let mut other = servers::session(&same);
            other
                .script(
                    "create temporary table t as select * from database_metadata; drop table database_metadata; \
                     create temporary table database_metadata as select * from t",
                )
                .unwrap();
            return (same, kept(other));
        }
        Event::BadSignature => reworded(database, |json| json.replace("\"shop\"", "\"blog\"")),
        Event::UnknownKey | Event::Unsigned => {}
        Event::OtherIdentity => reworded(database, |json| json.replace("\"pg:", "\"pg:1")),
        Event::OtherVersion => {
            let said = "\"name\":\"version\",\"value\":\"";
            reworded(database, |json| {
                assert!(json.contains(said), "{json}");
                json.replace(said, &format!("{said}0."))
            });
        }
        Event::Standby | Event::Promoted => return elsewhere(shop, database, event == Event::Promoted),
        Event::Pooler => {
            let (server, url) = servers::pooled(database).unwrap();
            shop.everywhere(&url).guard(&["fingerprint", "reattest", "prod", "--reason", "a pooler"]).ok();
            return (url, kept(server));
        }
        Event::Held => {
            let url = DatabaseUrl::parse(&same).unwrap();
            let mut session = servers::session(&same);
            let early = lease::early(&session, &url, "other", "the other run").unwrap();
            let lease = lease::acquire(&mut session, &url, early, "other", "the other run").unwrap();
            return (same, kept((session, lease)));
        }
        Event::Killed => servers::session(&same)
            .atomically(|session| {
                let run = "0123456789ab".to_owned();
                let body = serde_json::Map::new();
                ledger::append(
                    session,
                    Draft { step: Step::Begin, run, outcome: "begun".into(), body, token: None },
                )
                .map(drop)
            })
            .unwrap(),
    }
    (same, kept(()))
}

/// Says something else in the mark: with a checksum that holds, or under the old signature.
fn reworded(database: &Database, words: impl Fn(&str) -> String) {
    let text = database.column("select fingerprint from database_metadata").remove(0);
    let parts: Vec<&str> = text.split('.').collect();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let json = String::from_utf8(base64::Engine::decode(&engine, parts[1]).unwrap()).unwrap();
    let body = base64::Engine::encode(&engine, words(&json));
    let seal = if parts[2] == "sha256" {
        format!("sha256.{}", guard::words::digest::sha256_hex(body.as_bytes()))
    } else {
        parts[2..].join(".")
    };
    database.ask(&format!("update database_metadata set fingerprint = '{}.{body}.{seal}'", parts[0]));
}

/// A server of its own that holds the same: a standby of it, or a copy of its files that was promoted.
fn elsewhere(shop: &mut Shop, database: &Database, promoted: bool) -> (String, Kept) {
    if database.kind == Kind::Mariadb {
        // A replica is one that takes no writes; the shared server has to go on taking them.
        let server = servers::fresh_mariadb().unwrap();
        let url = through(&database.url, server.port);
        let other = url.replace(&format!("/{}", database.name), "/mysql");
        servers::ask(&other, &format!("create database {}", database.name));
        shop.forget_receipts();
        shop.everywhere(&url).guard(&["fingerprint", "init", "prod"]).ok();
        servers::ask(&url, "set global read_only = 1");
        return (url, kept(server));
    }
    let copy = servers::standby_of(port_of(&database.url)).unwrap();
    let url = through(&database.url, copy.port);
    if promoted {
        servers::ask(&url, "select pg_promote(true, 60)");
    }
    (url, kept(copy))
}

fn copied(database: &Database) -> (String, Kept) {
    let name = format!("{}_copy", database.name);
    match database.kind {
        Kind::Postgres => {
            let sql = format!("create database {name} template {}", database.name);
            servers::ask(&database.sibling("postgres"), &sql);
            (database.sibling(&name), kept(()))
        }
        Kind::Mariadb => {
            let other = Database::named(Kind::Mariadb, &name).unwrap();
            for table in ["database_metadata", "guard_ledger", "guard_lease"] {
                other.ask(&format!("create table {table} as select * from {}.{table}", database.name));
            }
            (other.url.clone(), kept(other))
        }
        Kind::Sqlite => {
            let (_, file) = database.url.split_once("//").unwrap();
            std::fs::copy(file, format!("{file}.copy")).unwrap();
            (format!("sqlite://{file}.copy"), kept(()))
        }
    }
}

fn told(shop: &Shop, words: &[&str]) -> Told {
    drop(std::fs::remove_file(shop.sandbox.at("started")));
    let output = shop.run(words);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    Told { exit: output.status.code().unwrap(), json, stderr }
}

const WAYS: [&[&str]; 3] = [
    &["migrate", "--env", "prod", "--format", "json"],
    &["migrate", "--env", "prod", "--format", "json", "--", "sqlx", "migrate", "run"],
    &["run", "--env", "prod", "--format", "json", "--", "sh", "scripts/sync.sh"],
];

/// The project whose marks are signed: with a key of the contract, with another, or not at all.
fn sign(shop: &mut Shop, event: Event) -> Shop {
    let mut signing = project();
    let pair = || {
        let output = signing.run(&["keys", "new"]);
        let public = String::from_utf8(output.stderr).unwrap().trim().rsplit(' ').next().unwrap().to_owned();
        (String::from_utf8(output.stdout).unwrap().trim().to_owned(), public)
    };
    let ((private, public), (_, other)) = (pair(), pair());
    let text = std::fs::read_to_string(signing.root().join("contract/mutation.toml")).unwrap();
    let with = |key: &str| {
        let line = "database = \"DATABASE_URL\"\n";
        text.replace(line, &format!("{line}keys = [\"{key}\"]\n"))
    };
    let named = if event == Event::UnknownKey { other } else { public.clone() };
    for (name, value) in &shop.variables {
        signing.variables.push((name.clone(), value.clone()));
    }
    let path = signing.variables.iter().find(|(name, _)| name == "PATH").unwrap().1.clone();
    signing.set("PATH", path);
    if event != Event::Unsigned {
        signing.contract(&with(&public));
        signing.set("GUARD_SIGNING_KEY", private);
    }
    signing.guard(&["fingerprint", "init", "prod"]).ok();
    signing.contract(&with(&named));
    drop(signing.run(&["contract", "freeze"]));
    // What was before is no longer the base: this is about the mark.
    signing.commit();
    signing.commit();
    signing
}

fn rows(kind: Kind, column: usize) {
    let mut usual = project();
    for (event, name, verdicts) in TABLE {
        if verdicts[column] == "–" {
            continue;
        }
        let Some(database) = Database::new(kind) else { return };
        usual.everywhere(&database.url).ci().set("GUARD_LEASE_TIMEOUT", "300ms");
        usual.forget_receipts();
        let mut signing;
        let shop = if [Event::BadSignature, Event::UnknownKey, Event::Unsigned].contains(event) {
            signing = sign(&mut usual, *event);
            &mut signing
        } else {
            usual.guard(&["fingerprint", "init", "prod"]).ok();
            &mut usual
        };
        let (url, _kept) = happen(shop, &database, *event);
        shop.everywhere(&url);
        if *event == Event::NoProof {
            shop.unset("CI");
        }
        let look = |url: &str| {
            let at = Database { kind, url: url.to_owned(), name: String::new(), _folder: None };
            at.digest()
        };
        let before = look(&url);
        for (at, way) in WAYS.iter().enumerate() {
            let said = told(shop, way);
            if verdicts[column] == "passes" {
                assert_eq!(said.exit, 0, "{name} on {kind:?}, {way:?}: {said:?}");
                assert_eq!(shop.sandbox.at("started").exists(), at > 0, "{name} {way:?}");
            } else {
                let code = verdicts[column].trim_matches('`');
                assert_eq!(said.code(), code, "{name} on {kind:?}, {way:?}: {said:?}");
                said.refused(code);
                assert!(!shop.sandbox.at("started").exists(), "{name} {way:?}: the child was started");
                assert_eq!(look(&url), before, "{name} {way:?}: something was written");
            }
        }
    }
}

#[test]
fn every_state_of_a_mark_has_its_verdict_on_postgres() {
    rows(Kind::Postgres, 0);
}

#[test]
fn every_state_of_a_mark_has_its_verdict_on_mariadb() {
    rows(Kind::Mariadb, 1);
}

#[test]
fn every_state_of_a_mark_has_its_verdict_on_sqlite() {
    rows(Kind::Sqlite, 2);
}
