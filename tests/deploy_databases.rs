//! `DB_VALIDATE` and `MIGRATE_VERIFY` on real servers: all three engines, a database that is down, comes up, says
//! nothing, is a replica or somebody else's.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use guard::io::process;
use servers::{Database, KINDS, Kind};
use site::{READY, Site, free_port, rolled, until};

const ORDERS: &str = "create table orders (id int primary key);";

#[test]
fn every_engine_is_validated_migrated_and_left_alone_the_second_time() {
    for kind in KINDS {
        let Some(site) = Site::on(kind) else { continue };
        site.toml(&format!("[deploy]\nrequired_tables = [\"orders\"]\n{}", site::backend("", READY)));
        site.shop.migration("1_orders.sql", ORDERS);
        let good = site.deploy().ok();
        let validated = &good.state("DB_VALIDATE")["evidence"];
        assert!(validated["latency_ms"].is_number() && validated["mark"].is_string(), "{validated}");
        assert_eq!(good.state("MIGRATE_VERIFY")["evidence"]["applied"][0], "1_orders.sql", "{kind:?}");
        assert_eq!(site.database.column("select count(*) from ops_incident"), ["0"], "{kind:?}");
        assert_eq!(site.deploy().ok().result["details"]["changed"], false, "{kind:?}");
        site.shop.guard(&["stop"]).ok();
    }
}

#[test]
fn an_incident_of_every_engine_is_listed_shown_and_resolved() {
    for kind in KINDS {
        let Some(site) = Site::on(kind) else { continue };
        site.backend("--after 30 --exit-after 0.05", READY);
        let failed = site.deploy().ended("failed", "service/exited");
        let id = failed.result["incident"].as_str().unwrap().to_owned();
        site.deploy().ended("failed", "service/exited");
        let list = site.shop.guard(&["incidents", "list"]).ok();
        let rows = list.json["details"]["incidents"].as_array().unwrap().clone();
        assert_eq!(rows.len(), 1, "{kind:?}: the same cause is an event of it: {rows:?}");
        assert_eq!(rows[0]["id"], id.as_str());
        let shown = site.shop.guard(&["incidents", "show", &id]).ok();
        assert_eq!(shown.json["details"]["events"].as_array().unwrap().len(), 2, "{kind:?}: {shown:?}");
        site.shop.guard(&["incidents", "resolve", &id, "--notes", "the port was wrong"]).ok();
        let open = site.shop.guard(&["incidents", "list"]).ok();
        assert_eq!(open.json["details"]["incidents"].as_array().unwrap().len(), 0, "{kind:?}");
        let events =
            site.database.column("select event_type from ops_incident_event order by created_at, id");
        assert!(events.contains(&"RESOLVED".to_owned()), "{kind:?}: {events:?}");
    }
}

/// Hands connections on while it is there.
struct Bridge {
    port: u16,
    ends: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for Bridge {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // The listener waits for a caller: this is the last.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        drop(self.thread.take().map(thread::JoinHandle::join));
    }
}

fn hand_on(port: u16, to: u16) -> Bridge {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let ends = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&ends);
    let thread = thread::spawn(move || {
        for inward in listener.incoming().flatten() {
            if asked.load(Ordering::SeqCst) {
                return;
            }
            let Ok(outward) = TcpStream::connect(("127.0.0.1", to)) else { continue };
            for (mut from, mut into) in [
                (inward.try_clone().unwrap(), outward.try_clone().unwrap()),
                (outward.try_clone().unwrap(), inward.try_clone().unwrap()),
            ] {
                thread::spawn(move || {
                    drop(io::copy(&mut from, &mut into));
                    drop(into.shutdown(std::net::Shutdown::Both));
                });
            }
        }
    });
    Bridge { port, ends, thread: Some(thread) }
}

fn port_of(url: &str) -> u16 {
    let rest = url.rsplit_once('@').unwrap().1.split_once(':').unwrap().1;
    rest.split('/').next().unwrap().parse().unwrap()
}

#[test]
fn a_database_that_comes_up_while_it_is_tried_is_no_failure() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let Some(database) = Database::new(kind) else { continue };
        let mut site = Site::new();
        site.backend("", READY);
        let (there, later) = (port_of(&database.url), free_port());
        let bridge = hand_on(later, there);
        let url = database.url.replace(&format!(":{there}/"), &format!(":{later}/"));
        site.shop.set("DEV_DATABASE_URL", url).guard(&["fingerprint", "init", "dev"]).ok();
        drop(bridge);
        site.shop.set("GUARD_CONNECT_BACKOFF", "1500ms");
        let deploy = site.begin(&[]);
        until("the first refusal", || site.journal().contains("asked again in").then_some(()));
        let bridge = hand_on(later, there);
        let good = rolled(&deploy.wait_with_output().unwrap(), Duration::ZERO).ok();
        let waits: Vec<String> = good
            .events
            .iter()
            .filter(|event| event["event"] == "wait" && event["state"] == "DB_VALIDATE")
            .map(|event| event["why_not"].to_string())
            .collect();
        assert!(waits.iter().any(|why| why.contains("refused")), "{kind:?}: it says why: {waits:?}");
        site.shop.guard(&["stop"]).ok();
        drop(bridge);
    }
}

#[test]
fn a_database_that_says_nothing_is_given_up_in_time() {
    let mut site = Site::new();
    site.backend("", READY);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    site.shop.set("DEV_DATABASE_URL", format!("postgres://u:p@127.0.0.1:{port}/d"));
    let failed = site.deploy_with(&["--timeout", "2s"]);
    assert_eq!(failed.code(), "deploy/timeout", "{}", failed.told());
    assert!(failed.took < Duration::from_secs(30), "{:?}", failed.took);
    site.shop.set("GUARD_CONNECT_TIMEOUT", "300ms");
    let failed = site.deploy().ended("refused", "database/timeout");
    assert!(failed.took < Duration::from_secs(30), "{:?}", failed.took);
    assert_eq!(site.processes(), Vec::<u32>::new());
}

#[test]
fn a_signal_while_the_database_is_tried_ends_it() {
    let mut site = Site::new();
    site.backend("", READY);
    site.shop.set("DEV_DATABASE_URL", format!("postgres://u:p@127.0.0.1:{}/d", free_port()));
    site.shop.set("GUARD_CONNECT_BACKOFF", "20s");
    let deploy = site.begin(&["--timeout", "60s"]);
    until("the first refusal", || site.journal().contains("asked again in").then_some(()));
    let begun = Instant::now();
    let _ = process::signal_one(deploy.id(), "TERM");
    let ended = rolled(&deploy.wait_with_output().unwrap(), begun.elapsed());
    assert_eq!(ended.code(), "deploy/interrupted", "{}", ended.told());
    assert!(begun.elapsed() < Duration::from_secs(18), "{:?}", begun.elapsed());
}

#[test]
fn a_wrong_password_and_a_database_that_is_not_there_are_told_at_once() {
    let Some(mut site) = Site::on(Kind::Postgres) else { return };
    site.backend("", READY);
    let good = site.database.url.clone();
    for (url, code) in [
        (good.replace(servers::PASSWORD, "canary-wrong-pw"), "database/auth"),
        (format!("{good}nowhere"), "database/unknown"),
    ] {
        site.shop.set("DEV_DATABASE_URL", url).set("GUARD_CONNECT_BACKOFF", "20s");
        let refused = site.deploy().ended("refused", code);
        assert!(refused.took < Duration::from_secs(18), "it is not tried again: {:?}", refused.took);
        assert!(!refused.told().contains("canary-wrong-pw"));
        assert!(refused.result["incident"].is_string(), "{}", refused.told());
        assert_eq!(site.processes(), Vec::<u32>::new());
    }
}

#[test]
fn a_standby_is_no_database_to_deploy_to() {
    let Some(primary) = servers::fresh_postgres() else { return };
    let Some(mut site) = Site::on(Kind::Sqlite) else { return };
    let url = |port: u16| format!("postgres://guard:{}@127.0.0.1:{port}/postgres", servers::PASSWORD);
    site.shop.set("DEV_DATABASE_URL", url(primary.port));
    site.shop.guard(&["fingerprint", "init", "dev"]).ok();
    site.backend("", READY);
    let Some(standby) = servers::standby_of(primary.port) else { return };
    site.shop.set("DEV_DATABASE_URL", url(standby.port));
    let refused = site.deploy().ended("refused", "database/standby");
    assert_eq!(refused.hop(), "database");
    assert_eq!(site.processes(), Vec::<u32>::new());
}

#[test]
fn migrations_of_another_tool_are_verified_by_the_tables_they_leave() {
    let site = Site::new();
    let contract = std::fs::read_to_string(site.root().join("contract/mutation.toml")).unwrap();
    site.shop.contract(&contract.replace("tool = \"sqlx\"", "tool = \"sql\""));
    site.backend("", READY);
    let refused = site.deploy();
    assert_eq!(refused.code(), "command/not-allowed", "{}", refused.told());
    assert!(refused.result["next"].to_string().contains("required_tables"), "{}", refused.told());
    site.toml(&format!("[deploy]\nrequired_tables = [\"orders\"]\n{}", site::backend("", READY)));
    let failed = site.deploy().ended("failed", "precheck/tables");
    assert_eq!(failed.states()[2], "MIGRATE_VERIFY fail");
    site.database.ask(ORDERS);
    let good = site.deploy().ok();
    let told = good.state("MIGRATE_VERIFY")["evidence"]["migrations"].to_string();
    assert!(told.contains("another tool"), "{told}");
}

#[test]
fn a_database_of_somebody_else_gets_no_incident() {
    let mut site = Site::new();
    site.backend("", READY);
    let other = Database::new(Kind::Sqlite).unwrap();
    site.shop.set("DEV_DATABASE_URL", &other.url);
    let refused = site.deploy().ended("refused", "fingerprint/missing");
    assert!(refused.result["incident"].is_string(), "{}", refused.told());
    assert_eq!(
        other.column("select count(*) from sqlite_master"),
        ["0"],
        "nothing is written to a wrong one"
    );
}
