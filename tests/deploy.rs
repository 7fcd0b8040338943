//! `guard deploy` with real processes on free ports: what it starts, keeps, replaces and puts back.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;

use site::{READY, Site};

const TWO: &str = "\
[deploy]
required_env = [\"DEV_DATABASE_URL\"]

[[service]]
name = \"api\"
command = [\"python3\", \"server.py\"]
port = PORT0
[[service.ready]]
http = \"/health\"
json = { ready = true }

[[service]]
name = \"web\"
needs = [\"api\"]
command = [\"python3\", \"server.py\"]
port = PORT1
[[service.ready]]
http = \"/\"
";

#[test]
fn two_services_are_rolled_out_and_the_second_time_changes_nothing() {
    let site = Site::new();
    site.toml(TWO);
    let first = site.deploy().ok();
    let states = [
        "PRECHECK pass",
        "DB_VALIDATE pass",
        "MIGRATE_VERIFY pass",
        "BACKEND_START pass",
        "BACKEND_READY_GATE pass",
        "FRONTEND_START pass",
        "FRONTEND_READY_GATE pass",
        "TUNNEL_START_OR_VERIFY skipped",
        "EXTERNAL_VERIFY skipped",
        "SUCCESS pass",
    ];
    assert_eq!(first.states(), states, "{}", first.told());
    assert!(first.state("DB_VALIDATE")["evidence"]["latency_ms"].is_number());
    let second = site.deploy().ok();
    assert_eq!(second.states(), states);
    assert_eq!(second.result["details"]["changed"], false);
    for name in ["api", "web"] {
        assert_eq!(first.pid(name), second.pid(name), "{}", second.told());
        assert_eq!(
            (first.service(name)["started"].as_bool(), second.service(name)["started"].as_bool()),
            (Some(true), Some(false))
        );
    }
    assert!(second.stderr.contains("FRONTEND_READY_GATE"), "{}", second.stderr);
}

#[test]
fn a_service_that_ends_fails_at_once_with_its_last_lines_and_nothing_is_left() {
    let site = Site::new();
    site.backend("--after 30 --exit-after 0.3 --say last-words", READY);
    let failed = site.deploy().ended("failed", "service/exited");
    assert!(failed.took.as_secs() < 10, "{:?}", failed.took);
    assert_eq!(failed.result["state"], "FAILURE_ROLLBACK");
    let tail = failed.service("backend")["log_tail"].to_string();
    assert!(tail.contains("last-words") && tail.contains("giving up now"), "{}", failed.told());
    assert!(failed.reason().contains("exit code 3"), "{}", failed.told());
    assert_eq!(site.processes(), Vec::<u32>::new());
}
