//! How often guard waits for a server, counted on the wire.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;

use servers::relay::{Relay, port_of, through};
use servers::{Database, Kind};
use shop::Shop;

#[test]
fn verifying_a_fingerprint_adds_at_most_three_round_trips_to_connecting_on_postgres() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let Some(database) = Database::new(kind) else { continue };
        let relay = Relay::to(port_of(&database.url));
        let url = through(&database.url, relay.port);
        let mut shop = Shop::new();
        shop.everywhere(&url).ci();
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        relay.trips();
        // One question in place of the goodbye, which is counted or not as the threads have it.
        let mut session = servers::session(&url);
        session.query("select 1", &[]).unwrap();
        let connecting = relay.trips();
        assert!(connecting > 0, "nothing was counted");
        // With the receipt of the first mark, so that the ledger is asked, too.
        let told = shop.guard(&["fingerprint", "verify", "prod"]).ok();
        assert!(!told.stderr.contains("no receipt"), "{}", told.stderr);
        let verifying = relay.trips();
        // MySQL's protocol has no way to ask the next question before the last is answered.
        let most = if kind == Kind::Postgres { 3 } else { 6 };
        assert!(verifying <= connecting + most, "{kind:?}: {verifying} and {connecting}");
    }
}

#[test]
fn a_run_with_nothing_pending_asks_as_often_whatever_was_applied_before() {
    let Some(database) = Database::new(Kind::Postgres) else { return };
    let relay = Relay::to(port_of(&database.url));
    let mut shop = Shop::migrating();
    shop.everywhere(&through(&database.url, relay.port)).ci();
    shop.guard(&["fingerprint", "init", "prod"]).ok();
    // Goodbyes may be counted or not.
    let mut counts: Vec<u64> = Vec::new();
    for number in 1..4 {
        shop.migration(&format!("{number}_t.sql"), &format!("create table t{number} (id int);"));
        shop.guard(&["migrate", "--env", "prod"]).ok();
        relay.trips();
        shop.guard(&["migrate", "--env", "prod"]).ok();
        counts.push(relay.trips());
    }
    assert!(counts.iter().all(|count| count.abs_diff(counts[0]) <= 2 && *count <= 40), "{counts:?}");
}
