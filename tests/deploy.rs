//! `guard deploy` with real processes on free ports: what it starts, keeps, replaces and puts back.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;

use site::{READY, Site, until};

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

#[test]
fn stop_restart_status_and_logs_say_what_is() {
    let site = Site::new();
    site.backend("--say canary-line", READY);
    site.deploy().ok();
    let status = |site: &Site| site.shop.guard(&["status"]).json["services"][0].clone();
    let running = status(&site);
    assert_eq!(
        (running["state"].as_str(), running["healthy"].as_bool()),
        (Some("running"), Some(true)),
        "{running}"
    );
    assert_eq!(running["listeners"][0]["family"], "ipv4");
    let told = site.shop.guard(&["restart", "backend"]).ok();
    assert!(told.json["message"].as_str().unwrap().contains("ready"));
    let again = status(&site);
    assert_ne!(again["pid"], running["pid"]);
    let log = site.shop.run(&["logs", "backend"]);
    assert!(String::from_utf8_lossy(&log.stdout).contains("starting canary-line"));
    assert_eq!(site.deploy().ok().result["details"]["changed"], false, "a restart is no other release");
    site.shop.guard(&["stop"]).ok();
    assert_eq!(status(&site)["state"], "stopped");
    assert_eq!(site.processes(), Vec::<u32>::new());
    assert_eq!(site.shop.guard(&["stop"]).ok().json["message"], "nothing of guard's ran");
    assert_eq!(site.shop.run(&["stop", "nobody"]).status.code(), Some(64));
}

#[test]
fn a_release_that_fails_brings_the_one_before_back() {
    let site = Site::new();
    site.backend("--body {\"ready\":true,\"release\":1}", READY);
    let good = site.deploy().ok();
    site.backend("--after 30 --exit-after 0.2", READY);
    let failed = site.deploy().ended("failed", "service/exited");
    assert_eq!(failed.result["rollback"]["stopped"][0], "backend", "{}", failed.told());
    assert_eq!(failed.result["rollback"]["restarted"][0], "backend", "{}", failed.told());
    let status = site.shop.guard(&["status"]);
    assert_eq!(status.json["services"][0]["state"], "running", "{status:?}");
    assert_ne!(failed.pid("backend"), good.pid("backend"));
    assert_eq!(status.json["last_deploy"]["outcome"], "failed");
    // What serves is the release before, whatever guard.toml says now.
    let body = ureq_get(site.ports[0]);
    assert!(body.contains("\"release\":1"), "{body}");
}

#[test]
fn a_release_of_which_nothing_comes_back_says_that_nothing_serves() {
    let site = Site::new();
    site.backend("--exit-if gone --say first", READY);
    site.deploy().ok();
    site.backend("--after 60 --exit-if gone --say second", READY);
    // What ran until now is stopped before this one is started, and does not come up again.
    let deploy = site.begin(&[]);
    until("the second one", || site.log("backend").contains("starting second").then_some(()));
    site.touch("gone");
    let failed = site::rolled(&deploy.wait_with_output().unwrap(), std::time::Duration::ZERO);
    let failed = failed.ended("failed", "service/exited");
    let problems = failed.result["rollback"]["problems"].to_string();
    assert!(problems.contains("backend") && problems.contains("exit code 3"), "{}", failed.told());
    assert!(
        failed.result["next"].to_string().contains("guard restart backend --env dev"),
        "{}",
        failed.told()
    );
    let tail = failed.service("backend")["log_tail"].to_string();
    assert!(tail.contains("starting second") && !tail.contains("starting first"), "{tail}");
    let text = failed.result["report"].as_str().unwrap().replace(".json", ".txt");
    let text = std::fs::read_to_string(text).unwrap();
    assert!(text.contains("nothing serves"), "{text}");
    assert_eq!(site.processes(), Vec::<u32>::new());
}

fn ureq_get(port: u16) -> String {
    let question = guard::io::http::ask::Question::get(
        format!("http://127.0.0.1:{port}/"),
        std::time::Duration::from_secs(5),
    );
    guard::io::http::ask::ask(&question, &sandbox::path_only()).unwrap().text()
}

#[test]
fn guard_rollback_goes_back_to_the_release_before() {
    let site = Site::new();
    site.backend("--body {\"ready\":true,\"release\":1}", READY);
    site.deploy().ok();
    site.backend("--body {\"ready\":true,\"release\":2}", READY);
    site.deploy().ok();
    assert!(ureq_get(site.ports[0]).contains("\"release\":2"));
    let told = site.shop.guard(&["rollback"]).ok();
    assert!(ureq_get(site.ports[0]).contains("\"release\":1"), "{told:?}");
    assert!(told.json["next"].to_string().contains("migrations are never reverted"));
    let status = site.shop.run(&["status"]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains("last change: `guard rollback`, ok"), "{status}");
    let list = site.shop.run(&["report", "--list", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list["reports"].as_array().unwrap().len(), 2);
}

#[test]
fn a_plan_starts_nothing_and_writes_nothing() {
    let site = Site::new();
    site.backend("", READY);
    let plan = site.shop.guard(&["deploy", "--env", "dev", "--plan"]).ok();
    assert!(plan.json["message"].as_str().unwrap().contains("BACKEND_START: start backend"), "{plan:?}");
    assert_eq!(site.processes(), Vec::<u32>::new());
    assert!(!site.root().join("logs").exists());
}

#[test]
fn every_duration_is_shown_with_where_it_comes_from() {
    let mut site = Site::new();
    site.backend("", "ready_timeout = \"7s\"\n");
    site.shop.set("GUARD_SERVICE_BACKEND_STOP_GRACE", "3s");
    let told = site.shop.guard(&["config", "show"]).ok();
    let rows = told.json["details"]["values"].as_array().unwrap().clone();
    let row = |key: &str| rows.iter().find(|row| row["key"] == key).unwrap().clone();
    let origin = |key: &str| (row(key)["value"].clone(), row(key)["origin"].clone());
    assert_eq!(origin("service.backend.ready_timeout"), ("7s".into(), "file".into()));
    assert_eq!(origin("service.backend.stop.grace"), ("3s".into(), "variable".into()));
    assert_eq!(origin("deploy.timeout").1, "default");
    assert!(row("service.backend.ready_timeout")["place"].as_str().unwrap().starts_with("guard.toml:"));
    site.shop.sandbox.write("shop/guard.toml", "[deploy]\ntimout = \"3s\"\n");
    let told = site.shop.guard(&["config", "check"]).refused("config/invalid");
    assert!(told.json["message"].as_str().unwrap().contains("timout"), "{told:?}");
    site.shop.guard(&["deploy", "--env", "dev"]).refused("config/invalid");
    let schema = site.shop.run(&["config", "schema"]);
    assert!(serde_json::from_slice::<serde_json::Value>(&schema.stdout).is_ok());
}

#[test]
fn a_protected_environment_is_rolled_out_in_ci_alone() {
    let Some(mut site) = Site::on(servers::Kind::Postgres) else { return };
    let Some(prod) = servers::Database::new(servers::Kind::Postgres) else { return };
    site.shop.set("DATABASE_URL", &prod.url).ci();
    site.shop.guard(&["fingerprint", "init", "prod"]).ok();
    site.backend("", READY);
    site.shop.migration("1_orders.sql", "create table orders (id int primary key);");
    site.shop.unset("CI");
    let refused = site.deploy_to("prod", &[]).ended("refused", "proof/not-ci");
    assert_eq!(refused.hop(), "proof");
    assert_eq!(site.processes(), Vec::<u32>::new());
    site.shop.ci();
    site.shop.sandbox.write("shop/server.py", "raise SystemExit");
    site.deploy_to("prod", &[]).ended("refused", "contract/dirty");
    site.shop.sandbox.git("shop", &["checkout", "-q", "--", "."]);
    let good = site.deploy_to("prod", &[]).ok();
    assert_eq!(good.result["proof"]["kind"], "ci-variable", "{}", good.told());
    assert_eq!(prod.column("select count(*) from orders"), ["0"]);
    assert_eq!(prod.column("select count(*) from ops_incident"), ["0"], "the tables came with the first run");
    assert_eq!(site.deploy_to("prod", &[]).ok().result["details"]["changed"], false);
    site.shop.guard(&["ledger", "verify", "prod"]).ok();
    // Dev was marked on another database; what is refused there touches nothing of prod.
    let status = site.shop.guard(&["status", "--env", "prod"]);
    assert_eq!(status.json["services"][0]["state"], "running");
    site.shop.guard(&["stop", "--env", "prod"]).ok();
}

#[test]
fn a_report_is_left_whichever_way_it_ends() {
    let site = Site::new();
    site.backend("--after 30 --exit-after 0.2", READY);
    let failed = site.deploy().ended("failed", "service/exited");
    let path = std::path::PathBuf::from(failed.result["report"].as_str().unwrap());
    for (end, word) in [("json", "first_broken_hop"), ("txt", "service/exited"), ("html", "<!doctype html>")]
    {
        let text = std::fs::read_to_string(path.with_extension(end)).unwrap();
        assert!(text.to_lowercase().contains(word), "{end}: {text}");
    }
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    let wanted = [
        "outcome",
        "state",
        "code",
        "environment",
        "started_at",
        "duration_ms",
        "versions",
        "proof",
        "states",
        "services",
        "external",
        "health",
        "first_broken_hop",
        "rollback",
        "incident",
        "next",
    ];
    assert_eq!(keys, wanted);
    let shown = site.shop.run(&["report", "--last"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("service/exited"));
}

#[test]
fn where_nothing_was_rolled_out_nothing_is_wrong_with_the_configuration() {
    let site = Site::new();
    site.backend("", READY);
    let none = site.shop.guard(&["report", "--env", "dev"]);
    assert!(none.json["outcome"] == "refused" && none.json["code"].is_null(), "{none:?}");
    assert!(none.json["next"][0].as_str().unwrap().contains("guard deploy --env dev"), "{none:?}");
    let unnamed = site.shop.guard(&["report"]);
    assert!(unnamed.json["next"][0].as_str().unwrap().contains("the contract knows"), "{unnamed:?}");
    let listed = site.shop.run(&["report", "--list", "--env", "dev"]);
    assert!(listed.status.success());
    assert!(
        String::from_utf8_lossy(&listed.stdout).contains("no rollout of dev has left a report"),
        "{listed:?}"
    );
}
