//! Every state of a mark beside every way of changing a database: the verdict of each is a row of the table
//! in `docs/runtime.md`, and nothing was started or written where it is a refusal.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

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

/// Hands bytes on from a port of its own.
fn tunnel(to: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for near in listener.incoming().flatten() {
            let Ok(far) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            for (mut from, mut into) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                thread::spawn(move || {
                    let mut buffer = [0; 8192];
                    while let Ok(read @ 1..) = from.read(&mut buffer) {
                        if into.write_all(&buffer[..read]).is_err() {
                            break;
                        }
                    }
                    drop(into.shutdown(std::net::Shutdown::Both));
                });
            }
        }
    });
    port
}

fn port_of(url: &str) -> u16 {
    let (_, rest) = url.rsplit_once('@').unwrap();
    rest.split(['/', '?']).next().unwrap().rsplit_once(':').unwrap().1.parse().unwrap()
}

/// Makes it happen; the URL that the project now has. What is kept must live as long as the row.
fn happen(shop: &mut Shop, database: &Database, event: Event) -> (String, Option<Database>) {
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
            let text = database.column("select fingerprint from database_metadata").remove(0);
            let parts: Vec<&str> = text.split('.').collect();
            let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
            let json = String::from_utf8(base64::Engine::decode(&engine, parts[1]).unwrap()).unwrap();
            let body = base64::Engine::encode(&engine, json.replace("\"shop\"", "\"blog\""));
            let sum = guard::words::digest::sha256_hex(body.as_bytes());
            ask(&format!("update database_metadata set fingerprint = '{}.{body}.sha256.{sum}'", parts[0]));
        }
        Event::BeforeGuard => ask("update database_metadata set fingerprint = 'our own words'"),
        Event::Copy => return copied(database),
        Event::Renamed => match kind {
            Kind::Sqlite => {
                let (_, file) = same.split_once("//").unwrap();
                let moved = format!("{file}.moved");
                std::fs::rename(file, &moved).unwrap();
                return (format!("sqlite://{moved}"), None);
            }
            _ => {
                let name = format!("{}_renamed", database.name);
                servers::ask(
                    &database.sibling("postgres"),
                    &format!("alter database {} rename to {name}", database.name),
                );
                return (database.sibling(&name), None);
            }
        },
        Event::MadeAnew => match kind {
            Kind::Sqlite => {
                let (_, file) = same.split_once("//").unwrap();
                std::fs::remove_file(file).unwrap();
                std::fs::write(file, b"").unwrap();
            }
            _ => {
                let other = if kind == Kind::Postgres { "postgres" } else { "mysql" };
                for sql in ["drop database", "create database"] {
                    servers::ask(&database.sibling(other), &format!("{sql} {}", database.name));
                }
            }
        },
        Event::OtherPort => {
            let port = port_of(&same);
            return (same.replace(&format!(":{port}/"), &format!(":{}/", tunnel(port))), None);
        }
        Event::WentBack => {
            shop.guard(&["migrate", "--env", "prod"]).ok();
            ask("delete from guard_ledger where generation > 2");
        }
    }
    (same, None)
}

fn copied(database: &Database) -> (String, Option<Database>) {
    let name = format!("{}_copy", database.name);
    match database.kind {
        Kind::Postgres => {
            let sql = format!("create database {name} template {}", database.name);
            servers::ask(&database.sibling("postgres"), &sql);
            (database.sibling(&name), None)
        }
        Kind::Mariadb => {
            let other = Database::named(Kind::Mariadb, &name).unwrap();
            for table in ["database_metadata", "guard_ledger", "guard_lease"] {
                other.ask(&format!("create table {table} as select * from {}.{table}", database.name));
            }
            (other.url.clone(), Some(other))
        }
        Kind::Sqlite => {
            let (_, file) = database.url.split_once("//").unwrap();
            std::fs::copy(file, format!("{file}.copy")).unwrap();
            (format!("sqlite://{file}.copy"), None)
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

fn rows(kind: Kind, column: usize) {
    let mut shop = project();
    for (event, name, verdicts) in TABLE {
        if verdicts[column] == "–" {
            continue;
        }
        let Some(database) = Database::new(kind) else { return };
        shop.everywhere(&database.url).ci();
        shop.forget_receipts();
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        let (url, _kept) = happen(&mut shop, &database, *event);
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
            let said = told(&shop, way);
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
