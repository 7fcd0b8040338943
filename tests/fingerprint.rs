//! The mark of a database, on real servers: what holds, and what each difference is called.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use servers::{Database, KINDS, Kind, ask};
use shop::{CONTRACT, Shop};

/// A project whose three variables lead to the same database.
fn everywhere(url: &str) -> Shop {
    let mut shop = Shop::new();
    shop.set("DEV_DATABASE_URL", url).set("STAGING_DATABASE_URL", url).set("DATABASE_URL", url);
    shop
}

/// A project and a database that is marked as prod.
fn marked(kind: Kind) -> Option<(Shop, Database)> {
    let database = Database::new(kind)?;
    let mut shop = everywhere(&database.url);
    shop.ci().guard(&["fingerprint", "init", "prod"]).ok();
    Some((shop, database))
}

#[test]
fn an_empty_database_is_marked_by_anybody_as_dev_and_then_verifies() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        let shop = everywhere(&database.url);
        shop.guard(&["fingerprint", "verify", "dev"]).refused("fingerprint/missing");
        let made = shop.guard(&["fingerprint", "init", "dev"]).ok();
        let strength = if kind == Kind::Postgres { "strong" } else { "weak" };
        assert_eq!(made.detail("strength"), strength, "{kind:?}");
        assert_eq!(made.detail("mark").len(), 32);
        assert_eq!(made.detail("lineage").starts_with("pg:"), kind == Kind::Postgres);
        shop.guard(&["fingerprint", "verify", "dev"]).ok();
        let again = shop.guard(&["fingerprint", "init", "dev"]).ok();
        assert_eq!(again.detail("mark"), made.detail("mark"), "a second init is no second mark");
        let shown = shop.guard(&["fingerprint", "show", "dev"]).ok();
        assert_eq!((shown.detail("verdict"), shown.detail("mark")), ("ok", made.detail("mark")));
    }
}

#[test]
fn the_mark_of_another_environment_is_named() {
    for kind in KINDS {
        let Some((mut shop, database)) = marked(kind) else { continue };
        let before = database.digest();
        shop.guard(&["fingerprint", "verify", "prod"]).ok();
        shop.guard(&["fingerprint", "verify", "staging"]).refused("fingerprint/environment");
        shop.unset("CI");
        let told = shop.guard(&["fingerprint", "verify", "dev"]).refused("fingerprint/environment");
        assert_eq!((told.detail("found"), told.detail("expected")), ("prod", "dev"));
        shop.guard(&["fingerprint", "show", "dev"]).refused("fingerprint/environment");
        shop.guard(&["fingerprint", "init", "dev"]).refused("fingerprint/exists");
        assert_eq!(database.digest(), before, "{kind:?}");
    }
}

#[test]
fn on_a_protected_environment_nothing_connects_without_proof() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut shop = everywhere(&format!("postgres://u:{}@127.0.0.1:{port}/db", servers::PASSWORD));
    for ci in [None, Some("1"), Some("TRUE"), Some(" true"), Some("true "), Some("")] {
        shop.unset("CI");
        if let Some(ci) = ci {
            shop.set("CI", ci);
        }
        for command in [
            &["fingerprint", "verify", "prod"][..],
            &["fingerprint", "show", "prod"],
            &["fingerprint", "init", "prod"],
            &["fingerprint", "reattest", "prod", "--reason", "x"],
            &["fingerprint", "reattest", "dev", "--reason", "x"],
            &["fingerprint", "adopt", "staging"],
            &["ledger", "show", "prod"],
            &["proof", "--env", "prod"],
        ] {
            shop.guard(command).refused("proof/not-ci");
        }
    }
    assert!(listener.accept().is_err(), "somebody connected");
}

#[test]
fn a_row_that_was_edited_doubled_or_taken_away_is_told() {
    for kind in KINDS {
        for (change, code) in [
            ("update database_metadata set environment = 'dev'", "fingerprint/corrupt"),
            (
                "update database_metadata set fingerprint = replace(fingerprint, 'sha256.', 'sha256.0')",
                "fingerprint/corrupt",
            ),
            ("update database_metadata set fingerprint = 'guard1.abc.sha256.def'", "fingerprint/corrupt"),
            ("update database_metadata set fingerprint = 'my own text'", "fingerprint/legacy"),
            ("delete from database_metadata", "fingerprint/missing"),
            ("drop table database_metadata", "fingerprint/missing"),
            (
                "create table kept as select * from database_metadata; drop table database_metadata; \
                 create view database_metadata as select * from kept",
                "fingerprint/corrupt",
            ),
            (
                "create table kept as select * from database_metadata; drop table database_metadata; \
                 create table database_metadata as select * from kept; \
                 insert into database_metadata select * from kept",
                "fingerprint/corrupt",
            ),
            ("alter table database_metadata rename column fingerprint to other", "fingerprint/corrupt"),
        ] {
            let Some((shop, database)) = marked(kind) else { continue };
            database.ask(change);
            shop.guard(&["fingerprint", "verify", "prod"]).refused(code);
        }
    }
}

#[test]
fn a_database_of_another_project_is_refused() {
    for kind in KINDS {
        let Some((shop, _database)) = marked(kind) else { continue };
        shop.contract(&CONTRACT.replace("\"shop\"", "\"blog\""));
        shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/project");
        shop.guard(&["fingerprint", "reattest", "prod", "--reason", "mine now"])
            .refused("fingerprint/project");
    }
}

#[test]
fn a_file_under_a_second_name_is_the_original_and_its_copy_is_not() {
    let Some((mut shop, database)) = marked(Kind::Sqlite) else { return };
    let (_, file) = database.url.split_once("://").unwrap();
    let (linked, copied) = (format!("{file}.linked"), format!("{file}.copied"));
    std::fs::hard_link(file, &linked).unwrap();
    std::fs::copy(file, &copied).unwrap();
    shop.unset("CI").set("DEV_DATABASE_URL", format!("sqlite://{linked}"));
    let told = shop.guard(&["fingerprint", "adopt", "dev"]).refused("fingerprint/original");
    assert!(told.json["message"].as_str().unwrap().contains("the same file"), "{told:?}");
    shop.set("DEV_DATABASE_URL", format!("sqlite://{copied}"));
    shop.guard(&["fingerprint", "adopt", "dev"]).ok();
    shop.ci().guard(&["fingerprint", "verify", "prod"]).ok();
}

#[test]
fn a_copy_is_no_original_and_becomes_a_lower_environment() {
    for kind in KINDS {
        let Some((mut shop, database)) = marked(kind) else { continue };
        database.ask("create table orders (id int primary key)");
        let copy = copied(&database);
        let expected = if kind == Kind::Postgres { "fingerprint/clone" } else { "fingerprint/placement" };
        shop.set("DATABASE_URL", &copy);
        shop.guard(&["fingerprint", "verify", "prod"]).refused(expected);
        // The original itself is never lowered, and a copy never raised.
        shop.unset("CI");
        shop.set("DEV_DATABASE_URL", &database.url);
        shop.guard(&["fingerprint", "adopt", "dev"]).refused("fingerprint/original");
        shop.set("DEV_DATABASE_URL", &copy);
        let adopted = shop.guard(&["fingerprint", "adopt", "dev"]).ok();
        assert_eq!(adopted.detail("from"), "prod");
        shop.guard(&["fingerprint", "verify", "dev"]).ok();
        shop.ci().set("STAGING_DATABASE_URL", &copy);
        shop.guard(&["fingerprint", "adopt", "staging"]).refused("fingerprint/environment");
        shop.set("DATABASE_URL", &database.url);
        shop.guard(&["fingerprint", "verify", "prod"]).ok();
    }
}

/// The whole database under another name on the same server, as a restored dump or a copied file is.
fn copied(database: &Database) -> String {
    let name = format!("{}copy", database.name);
    match database.kind {
        Kind::Postgres => {
            let admin = database.sibling("postgres");
            ask(&admin, &format!("create database {name} template {}", database.name));
            database.sibling(&name)
        }
        Kind::Mariadb => {
            database.ask(&format!("create database {name}"));
            for table in database.column("show tables") {
                database.ask(&format!("create table {name}.{table} like {table}"));
                database.ask(&format!("insert into {name}.{table} select * from {table}"));
            }
            database.sibling(&name)
        }
        Kind::Sqlite => {
            let file = database.url.trim_start_matches("sqlite://");
            let other = file.replace(".db", "-copy.db");
            std::fs::copy(file, &other).unwrap();
            format!("sqlite://{other}")
        }
    }
}

#[test]
fn a_renamed_postgres_database_is_still_the_same() {
    let Some((mut shop, database)) = marked(Kind::Postgres) else { return };
    let admin = database.sibling("postgres");
    let name = format!("{}renamed", database.name);
    ask(&admin, &format!("alter database {} rename to {name}", database.name));
    let url = database.sibling(&name);
    shop.set("DATABASE_URL", &url);
    let told = shop.guard(&["fingerprint", "verify", "prod"]).ok();
    assert!(told.stderr.contains("was"), "{}", told.stderr);
    // Dropped and made again under the same name, it is another one, and has no mark.
    ask(&admin, &format!("drop database {name}"));
    ask(&admin, &format!("create database {name}"));
    shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/missing");
}

#[test]
fn neither_a_search_path_nor_another_schema_hides_the_mark() {
    let Some((shop, database)) = marked(Kind::Postgres) else { return };
    database.ask(
        "create schema shadow; create table shadow.database_metadata as select * from public.database_metadata; \
         update shadow.database_metadata set environment = 'dev'; \
         create function shadow.pg_is_in_recovery() returns boolean language sql as 'select true'",
    );
    database.ask(&format!("alter database {} set search_path = shadow, public, pg_catalog", database.name));
    shop.guard(&["fingerprint", "verify", "prod"]).ok();
}

#[test]
fn a_lost_comment_is_a_notice_while_the_cluster_is_known() {
    let Some((shop, database)) = marked(Kind::Postgres) else { return };
    database.ask(&format!("comment on database {} is 'the shop'", database.name));
    let told = shop.guard(&["fingerprint", "verify", "prod"]).ok();
    assert!(told.stderr.contains("comment"), "{}", told.stderr);
    shop.guard(&["fingerprint", "reattest", "prod", "--reason", "comment"]).ok();
    let comment = database.column(
        "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()",
    );
    assert!(comment[0].starts_with("the shop [guard:"), "{comment:?}");
}

#[test]
fn a_role_without_privileges_makes_a_weaker_mark_and_says_so() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let server = database.sibling("postgres");
    let role = format!("role_{}", database.name);
    ask(&server, &format!("create role {role} login password '{}'", servers::PASSWORD));
    database.ask(&format!("grant create, usage on schema public to {role}"));
    let url = database.url.replace("guard:", &format!("{role}:"));
    let shop = everywhere(&url);
    let made = shop.guard(&["fingerprint", "init", "dev"]).ok();
    assert_eq!(made.detail("strength"), "strong", "{made:?}");
    database.ask("revoke execute on function pg_catalog.pg_control_system() from public");
    shop.guard(&["fingerprint", "verify", "dev"]).refused("fingerprint/clone");
}

#[test]
fn pins_close_init_and_only_reattest_goes_on() {
    for kind in KINDS {
        let Some((shop, _database)) = marked(kind) else { continue };
        let first = shop.guard(&["fingerprint", "show", "prod"]).ok();
        let pin = |told: &shop::Told| {
            let lineage = told.detail("lineage");
            let lineage = if lineage.is_empty() { String::new() } else { format!("lineage = \"{lineage}\"") };
            format!("mark = \"{}\"\n{lineage}", told.detail("mark"))
        };
        shop.policy("prod", &pin(&first));
        shop.guard(&["fingerprint", "verify", "prod"]).ok();
        shop.guard(&["fingerprint", "init", "prod"]).refused("fingerprint/pinned");
        let renewed = shop.guard(&["fingerprint", "reattest", "prod", "--reason", "moved"]).ok();
        assert_eq!(renewed.json["details"]["generation"], 2);
        shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/pinned");
        shop.policy("prod", &pin(&renewed));
        shop.guard(&["fingerprint", "verify", "prod"]).ok();
        let ledger = shop.guard(&["ledger", "show", "prod"]).ok();
        let entries = ledger.json["details"]["entries"].as_array().unwrap().clone();
        assert_eq!(entries.len(), 4, "{entries:?}");
        assert_eq!(entries[2]["body"]["reason"], "moved");
    }
}

#[test]
fn a_database_with_tables_is_marked_as_dev_only_when_prod_is_pinned() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        database.ask("create table orders (id int primary key)");
        let shop = everywhere(&database.url);
        shop.guard(&["fingerprint", "init", "dev"]).refused("fingerprint/not-empty");
        let pinned = CONTRACT
            .replace("[environments.prod]\n", "[environments.prod]\nmark = \"a\"\nlineage = \"pg:1/1\"\n")
            .replace("[environments.staging]\n", "[environments.staging]\nmark = \"b\"\n");
        shop.contract(&pinned);
        shop.guard(&["fingerprint", "init", "dev"]).ok();
    }
}

#[test]
fn the_pinned_database_of_prod_cannot_be_named_dev() {
    let Some((mut shop, database)) = marked(Kind::Postgres) else { return };
    let shown = shop.guard(&["fingerprint", "show", "prod"]).ok();
    shop.policy("prod", &format!("mark = \"x\"\nlineage = \"{}\"", shown.detail("lineage")));
    database.ask("drop table database_metadata; drop table guard_ledger; drop table guard_lease");
    shop.unset("CI");
    shop.guard(&["fingerprint", "init", "dev"]).refused("fingerprint/pinned");
}

#[test]
fn a_mark_from_before_guard_is_upgraded_in_ci() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        // A mark is longer than what a column for a short text holds.
        let text = "varchar(100)";
        database.ask(&format!(
            "create table database_metadata (id {text} primary key, environment {text} not null, \
             fingerprint {text} not null); \
             insert into database_metadata values ('singleton', 'prod', 'prod-2024-7f3a')"
        ));
        let mut shop = everywhere(&database.url);
        shop.guard(&["fingerprint", "verify", "dev"]).refused("fingerprint/environment");
        shop.ci();
        shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/legacy");
        let shown = shop.guard(&["fingerprint", "show", "prod"]).ok();
        assert_eq!(shown.json["details"]["legacy"], true);
        shop.guard(&["fingerprint", "init", "staging"]).refused("fingerprint/exists");
        let told = shop.guard(&["fingerprint", "init", "prod"]).ok();
        assert_eq!(told.stderr.contains("without a limit"), kind != Kind::Sqlite, "{}", told.stderr);
        shop.guard(&["fingerprint", "verify", "prod"]).ok();
        shop.guard(&["fingerprint", "reattest", "prod", "--reason", "x"]).ok();
    }
}

#[test]
fn where_the_contract_names_keys_only_they_sign() {
    for kind in KINDS {
        let Some(database) = Database::new(kind) else { continue };
        let mut shop = everywhere(&database.url);
        let (ours, theirs) = (pair(&shop), pair(&shop));
        shop.policy("prod", &format!("keys = [\"{}\"]", ours.1));
        shop.ci().guard(&["fingerprint", "init", "prod"]).refused("fingerprint/signing-key");
        shop.set("GUARD_SIGNING_KEY", &theirs.0);
        shop.guard(&["fingerprint", "init", "prod"]).refused("fingerprint/signing-key");
        shop.set("GUARD_SIGNING_KEY", "ed25519-private:canary-broken");
        shop.guard(&["fingerprint", "init", "prod"]).refused("fingerprint/signing-key");
        shop.set("GUARD_SIGNING_KEY", &ours.0);
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        let told = shop.guard(&["fingerprint", "init", "staging"]).refused("fingerprint/exists");
        assert!(told.stderr.contains("GUARD_SIGNING_KEY is set and was not used"), "{}", told.stderr);
        // Who verifies needs no key.
        shop.unset("GUARD_SIGNING_KEY");
        let told = shop.guard(&["fingerprint", "verify", "prod"]).ok();
        assert_eq!(told.json["details"]["signed"], true);
        shop.policy("prod", &format!("keys = [\"{}\"]", theirs.1));
        shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/signature");
    }
}

/// Private and public half.
fn pair(shop: &Shop) -> (String, String) {
    let output = shop.run(&["keys", "new"]);
    let private = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    let told = String::from_utf8(output.stderr).unwrap();
    (private, told.trim().rsplit(' ').next().unwrap().to_owned())
}

#[test]
fn a_private_key_goes_to_a_new_file_that_nobody_else_reads() {
    use std::os::unix::fs::PermissionsExt as _;
    let shop = Shop::new();
    let file = shop.sandbox.at("key");
    let words = ["keys", "new", "--private-key", file.to_str().unwrap()];
    let output = shop.run(&words);
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"ed25519:"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("ed25519-private:"));
    assert_eq!(shop.run(&words).status.code(), Some(1), "it was overwritten");
    let nowhere = shop.sandbox.at("no/such/key");
    let told = shop.guard(&["keys", "new", "--private-key", nowhere.to_str().unwrap()]);
    assert_eq!((told.exit, told.json["outcome"].as_str()), (1, Some("refused")), "{told:?}");
    assert!(told.json["next"][0].as_str().unwrap().contains("folder"), "{told:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
}

#[test]
fn a_database_that_went_back_is_recognised_by_the_receipt() {
    for kind in KINDS {
        let Some((shop, database)) = marked(kind) else { continue };
        shop.guard(&["fingerprint", "verify", "prod"]).ok();
        database.ask("delete from guard_ledger where generation > 1");
        let told = shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/rewound");
        assert_eq!(told.json["details"]["receipt"], 2);
        shop.forget_receipts();
        let told = shop.guard(&["fingerprint", "verify", "prod"]).ok();
        assert!(told.stderr.contains("no receipt"), "{}", told.stderr);
    }
}

#[test]
fn an_edited_ledger_breaks_its_chain() {
    for kind in KINDS {
        for change in [
            "update guard_ledger set outcome = 'failed' where generation = 1",
            "update guard_ledger set body = '{}' where generation = 1",
            "update guard_ledger set at = '2020-01-01T00:00:00Z' where generation = 1",
            "delete from guard_ledger where generation = 1",
        ] {
            let Some((shop, database)) = marked(kind) else { continue };
            shop.guard(&["ledger", "verify", "prod"]).ok();
            database.ask(change);
            shop.guard(&["ledger", "verify", "prod"]).refused("ledger/broken");
        }
    }
}

#[test]
fn a_host_that_the_contract_does_not_name_is_not_asked() {
    let Some((shop, _database)) = marked(Kind::Postgres) else { return };
    shop.policy("prod", "hosts = [\"db.shop.example\"]");
    shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/placement");
    shop.policy("prod", "hosts = [\"localhost\"]");
    shop.guard(&["fingerprint", "verify", "prod"]).ok();
}

#[test]
fn what_is_missing_before_the_database_has_its_own_code() {
    let mut shop = Shop::new();
    shop.guard(&["fingerprint", "verify", "nowhere"]).refused("environment/unknown");
    shop.guard(&["fingerprint", "verify", "dev"]).refused("environment/unset");
    shop.set("DEV_DATABASE_URL", "");
    shop.guard(&["fingerprint", "verify", "dev"]).refused("environment/unset");
    shop.set("DEV_DATABASE_URL", format!("nonsense-{}", servers::PASSWORD));
    shop.guard(&["fingerprint", "verify", "dev"]).refused("database/unreachable");
    shop.set("DEV_DATABASE_URL", "sqlite:///nowhere/at/all.db");
    shop.guard(&["fingerprint", "init", "dev"]).refused("database/unknown");
    shop.contract("version = 2\n");
    shop.guard(&["fingerprint", "verify", "dev"]).refused("contract/invalid");
    std::fs::remove_dir_all(shop.root().join("contract")).unwrap();
    shop.guard(&["fingerprint", "verify", "dev"]).refused("contract/missing");
    assert_eq!(shop.run(&["fingerprint", "reattest", "dev"]).status.code(), Some(64));
    let shop = Shop::new();
    assert_eq!(shop.run(&["fingerprint", "reattest", "dev", "--reason", " "]).status.code(), Some(64));
    let mut shop = Shop::new();
    shop.set("GUARD_QUERY_TIMEOUT", "soon");
    let told = shop.guard(&["fingerprint", "verify", "dev"]).refused("config/invalid");
    assert_eq!(told.detail("variable"), "GUARD_QUERY_TIMEOUT");
}

#[test]
fn a_standby_takes_nothing_and_a_promoted_base_backup_is_at_another_place() {
    let Some(server) = servers::fresh_postgres() else { return servers::skip("Postgres is not installed") };
    let url = |port: u16| format!("postgres://guard:{}@localhost:{port}/postgres", servers::PASSWORD);
    let mut shop = everywhere(&url(server.port));
    shop.ci().guard(&["fingerprint", "init", "prod"]).ok();
    let standby = servers::standby_of(server.port).unwrap();
    shop.set("DATABASE_URL", url(standby.port));
    shop.guard(&["fingerprint", "verify", "prod"]).refused("database/standby");
    shop.guard(&["fingerprint", "reattest", "prod", "--reason", "x"]).refused("database/standby");
    ask(&url(standby.port), "select pg_promote(true, 60)");
    shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/placement");
    // Its name alone attests nothing: it is the port that differs.
    shop.policy("prod", "hosts = [\"localhost\"]");
    shop.guard(&["fingerprint", "verify", "prod"]).refused("fingerprint/placement");
    shop.set("DATABASE_URL", url(server.port));
    shop.guard(&["fingerprint", "verify", "prod"]).ok();
}

#[test]
fn a_mariadb_that_takes_no_writes_is_a_standby() {
    let Some(server) = servers::fresh_mariadb() else { return servers::skip("MariaDB is not installed") };
    let url = |name: &str| format!("mysql://guard:{}@localhost:{}/{name}", servers::PASSWORD, server.port);
    ask(&url("mysql"), "create database shop");
    let mut shop = everywhere(&url("shop"));
    shop.ci().guard(&["fingerprint", "init", "prod"]).ok();
    ask(&url("mysql"), "set global read_only = 1");
    shop.guard(&["fingerprint", "verify", "prod"]).refused("database/standby");
}
