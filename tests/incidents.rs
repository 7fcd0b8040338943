//! Incidents on real databases: they survive a database that is down, reach only the right one, and the
//! same cause is one incident.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use std::path::PathBuf;

use guard::gate::enter::{Proving, Request, enter};
use guard::incidents::cause::Happening;
use guard::incidents::flush::{Way, flush};
use guard::incidents::{Category, EventType, Occurrence, Severity, cause, spool, table};
use guard::io::database::Access;
use guard::io::environment::Environment;
use guard::words::rollout::Report;
use servers::{Database, KINDS, Kind};
use shop::Shop;

struct Stage {
    shop: Shop,
    database: Database,
}

impl Stage {
    /// A project and a database that is marked as dev and has the tables.
    fn new(kind: Kind) -> Option<Self> {
        let database = Database::new(kind)?;
        let mut shop = Shop::new();
        shop.set("DEV_DATABASE_URL", database.url.as_str());
        shop.guard(&["fingerprint", "init", "dev"]).ok();
        table::install(&mut servers::session(&database.url)).unwrap();
        // Twice is once.
        table::install(&mut servers::session(&database.url)).unwrap();
        Some(Self { shop, database })
    }

    fn spool(&self) -> PathBuf {
        self.shop.root().join(".guard/spool")
    }

    fn way(&self) -> Way {
        let variables = Environment::of([
            ("DEV_DATABASE_URL", self.database.url.as_str()),
            ("PATH", sandbox::path_only().get("PATH").unwrap()),
        ]);
        let root = self.shop.root();
        let request =
            Request { folder: &root, environment: "dev", variables: &variables, receipt: None, also: None };
        Way::of(&enter(&request, Access::Read, Proving::WhereProtected).unwrap())
    }

    fn flush(&self) -> usize {
        flush(&self.way(), &self.spool()).unwrap()
    }

    fn column(&self, sql: &str) -> Vec<String> {
        self.database.column(sql)
    }
}

fn failed(cause: &str, event: EventType, severity: Severity) -> Occurrence {
    Happening {
        environment: "dev",
        cause: cause.to_owned(),
        severity,
        category: Category::Deploy,
        summary: format!("dev: {cause}; it's \"quoted\" ü"),
        event,
        message: format!("{cause} happened"),
    }
    .named()
    .unwrap()
}

#[test]
fn the_same_cause_is_one_incident_with_events_and_another_cause_is_another() {
    for kind in KINDS {
        let Some(stage) = Stage::new(kind) else { continue };
        let first = spool::write(&stage.spool(), failed("a", EventType::Detected, Severity::Warn)).unwrap();
        let again =
            spool::write(&stage.spool(), failed("a", EventType::RecoveryFailed, Severity::Critical)).unwrap();
        let other = spool::write(&stage.spool(), failed("b", EventType::Detected, Severity::Warn)).unwrap();
        assert_eq!(first, again);
        assert_ne!(first, other);
        assert_eq!(stage.flush(), 3, "{kind:?}");
        assert!(spool::read(&stage.spool()).is_empty());
        assert_eq!(stage.flush(), 0);
        // Later, and with the database out of reach, the report still names the incident that is open.
        let later = spool::write(&stage.spool(), failed("a", EventType::Detected, Severity::Warn)).unwrap();
        assert_eq!(later, first);
        assert_eq!(stage.flush(), 1);
        let mut expected = vec![first.clone(), other];
        expected.sort();
        assert_eq!(stage.column("select id from ops_incident order by id"), expected);
        let events =
            "select event_type from ops_incident_event where incident_id = '{}' order by created_at, id";
        let events = stage.column(&events.replace("{}", &first));
        assert_eq!(events.len(), 3);
        assert!(events.contains(&"RECOVERY_FAILED".to_owned()));
        // The worst of its events is its weight.
        let severity = stage.column(&format!("select severity from ops_incident where id = '{first}'"));
        assert_eq!(severity, ["CRITICAL"]);
        let summary = stage.column(&format!("select summary from ops_incident where id = '{first}'"));
        assert_eq!(summary, ["dev: a; it's \"quoted\" ü"]);
    }
}

#[test]
fn a_flush_that_was_cut_short_writes_nothing_twice() {
    for kind in KINDS {
        let Some(stage) = Stage::new(kind) else { continue };
        let occurrence = failed("a", EventType::Detected, Severity::Critical);
        spool::write(&stage.spool(), occurrence.clone()).unwrap();
        assert_eq!(stage.flush(), 1);
        // The file was written to the database, and the process died before it was removed.
        spool::write(&stage.spool(), occurrence).unwrap();
        assert_eq!(stage.flush(), 0);
        assert_eq!(stage.column("select count(*) from ops_incident_event"), ["1"]);
    }
}

#[test]
fn a_resolved_incident_is_not_opened_again() {
    for kind in KINDS {
        let Some(stage) = Stage::new(kind) else { continue };
        let first =
            spool::write(&stage.spool(), failed("a", EventType::Detected, Severity::Critical)).unwrap();
        stage.flush();
        let list = stage.shop.guard(&["incidents", "list", "--env", "dev"]).ok();
        assert_eq!(list.json["details"]["incidents"][0]["id"], first.as_str());
        let created = list.json["details"]["incidents"][0]["created_at"].as_str().unwrap();
        assert!(
            created.len() == 24 && created.ends_with('Z') && created.starts_with("20"),
            "{kind:?}: {created}"
        );
        stage
            .shop
            .guard(&["incidents", "resolve", &first, "--notes", "pool made larger", "--env", "dev"])
            .ok();
        let shown = stage.shop.guard(&["incidents", "show", &first, "--env", "dev"]).ok();
        assert_eq!(shown.json["details"]["incident"]["resolution_notes"], "pool made larger");
        assert_eq!(shown.json["details"]["events"][1]["event_type"], "RESOLVED");
        let list = stage.shop.guard(&["incidents", "list", "--env", "dev"]).ok();
        assert_eq!(list.json["details"]["incidents"].as_array().unwrap().len(), 0);
        let list = stage.shop.guard(&["incidents", "list", "--all", "--env", "dev"]).ok();
        assert_eq!(list.json["details"]["incidents"].as_array().unwrap().len(), 1);
        let second =
            spool::write(&stage.spool(), failed("a", EventType::Detected, Severity::Critical)).unwrap();
        assert_ne!(second, first);
        stage.flush();
        assert_eq!(stage.column("select count(*) from ops_incident"), ["2"]);
    }
}

#[test]
fn an_incident_waits_while_its_database_is_down_and_is_seen_all_the_same() {
    let Some(mut stage) = Stage::new(Kind::Sqlite) else { return };
    let id = spool::write(&stage.spool(), failed("down", EventType::Detected, Severity::Critical)).unwrap();
    let right = stage.database.url.clone();
    stage
        .shop
        .set("DEV_DATABASE_URL", "postgres://u:canary-4c1f9-db@127.0.0.1:1/x")
        .set("GUARD_CONNECT_BACKOFF", "1ms");
    let told = stage.shop.guard(&["incidents", "list", "--env", "dev"]);
    assert_eq!((told.exit, told.code()), (2, "database/unreachable"), "{told:?}");
    assert_eq!(told.json["details"]["incidents"][0]["id"], id.as_str());
    assert_eq!(told.json["details"]["incidents"][0]["spooled"], true);
    stage.shop.set("DEV_DATABASE_URL", right);
    stage.flush();
    let told = stage.shop.guard(&["incidents", "list", "--env", "dev"]).ok();
    assert_eq!(told.json["details"]["incidents"][0]["spooled"], false);
}

#[test]
fn nothing_is_written_to_a_database_that_is_not_the_right_one() {
    let Some(stage) = Stage::new(Kind::Sqlite) else { return };
    let way = stage.way();
    spool::write(&stage.spool(), failed("a", EventType::Detected, Severity::Critical)).unwrap();
    stage.database.ask("update database_metadata set environment = 'prod'");
    assert!(flush(&way, &stage.spool()).is_err());
    assert_eq!(spool::read(&stage.spool()).len(), 1, "it waits on");
    assert_eq!(stage.column("select count(*) from ops_incident"), ["0"]);
}

#[test]
fn a_protected_environment_is_not_written_to_without_proof() {
    let Some(database) = Database::new(Kind::Sqlite) else { return };
    let mut shop = Shop::new();
    shop.set("DATABASE_URL", database.url.as_str()).ci().guard(&["fingerprint", "init", "prod"]).ok();
    shop.unset("CI");
    let told = shop.guard(&["incidents", "resolve", "inc-1", "--notes", "x", "--env", "prod"]);
    assert_eq!((told.exit, told.code()), (1, "proof/not-ci"), "{told:?}");
}

#[test]
fn what_is_no_incident_in_the_spool_stays_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.json"), "{\"no\": \"incident\"}").unwrap();
    std::fs::write(folder.path().join("y.json"), vec![b'x'; 2 << 20]).unwrap();
    assert!(spool::read(folder.path()).is_empty());
    assert!(folder.path().join("x.json").exists());
}

#[test]
fn an_unknown_incident_is_said_to_be_unknown() {
    let Some(stage) = Stage::new(Kind::Sqlite) else { return };
    let told = stage.shop.guard(&["incidents", "show", "inc-none", "--env", "dev"]);
    assert_eq!(told.exit, 64, "{told:?}");
    assert!(told.stderr.contains("there is no incident inc-none"));
}

#[test]
fn a_failed_rollout_is_critical_a_partial_one_a_warning_and_a_refused_one_only_at_the_databases_gate() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports/failed.json")).unwrap();
    let of = |from: &str, to: &str, code: &str| {
        let text = text.replacen(from, to, 1).replacen("service/not-ready", code, 1);
        let report: Report = serde_json::from_str(&text).unwrap();
        cause::of_report(&report).map(|it| (it.severity, it.category))
    };
    let failed = "\"outcome\": \"failed\"";
    assert_eq!(of(failed, failed, "service/not-ready"), Some((Severity::Critical, Category::Deploy)));
    assert_eq!(of(failed, failed, "tunnel/not-ours"), Some((Severity::Critical, Category::Tunnel)));
    let partial = "\"outcome\": \"partial\"";
    assert_eq!(of(failed, partial, "external/inconclusive"), Some((Severity::Warn, Category::Api)));
    let refused = "\"outcome\": \"refused\"";
    assert_eq!(of(failed, refused, "database/unreachable"), Some((Severity::Critical, Category::Db)));
    assert_eq!(of(failed, refused, "precheck/env"), None);
}
