//! What a person does or leaves: rollback by hand, a shim that is gone, a configuration that cannot be read, a second
//! environment on the same port.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;
mod web;

use std::path::Path;

use guard::io::process;
use serde_json::Value;
use site::{READY, Site, backend, until};

fn status(site: &Site) -> Value {
    site.shop.guard(&["status"]).json["services"][0].clone()
}

fn report_at(path: &str) -> Value {
    for end in ["txt", "html"] {
        assert!(Path::new(path).with_extension(end).is_file(), "{path}: {end}");
    }
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_release_that_does_not_come_up_again_gives_way_to_the_one_that_ran() {
    let site = Site::new();
    site.backend("--exit-if old-is-broken", READY);
    site.deploy().ok();
    site.backend("--body {\"ready\":true,\"release\":2}", READY);
    let second = site.deploy().ok();
    site.touch("old-is-broken");
    let told = site.shop.guard(&["rollback"]);
    assert_eq!((told.exit, told.json["outcome"].as_str()), (1, Some("failed")), "{told:?}");
    assert_eq!(told.json["details"]["restarted"][0], "backend", "{told:?}");
    let now = status(&site);
    assert_eq!((now["state"].as_str(), now["healthy"].as_bool()), (Some("running"), Some(true)), "{now}");
    assert_eq!(now["commit"], second.service("backend")["commit"]);
    assert_eq!(site.processes().len(), 2);
    assert_eq!(site.deploy().ok().result["details"]["changed"], false, "it is the release that stands");
}

#[test]
fn a_rollback_goes_to_the_report_that_is_named() {
    let site = Site::new();
    let mut reports = Vec::new();
    for release in ["one", "two", "three"] {
        site.backend(&format!("--body {{\"ready\":true,\"release\":\"{release}\"}}"), READY);
        reports.push(site.deploy().ok().result["report"].as_str().unwrap().to_owned());
    }
    site.shop.guard(&["rollback", &reports[0]]).ok();
    let command = status(&site);
    assert_eq!(command["commit"], report_at(&reports[0])["versions"]["commit"]);
    // A name is enough, as it stands on the page or in the folder.
    let name = std::path::Path::new(&reports[1]).file_stem().unwrap().to_str().unwrap().to_owned();
    for name in [name.clone(), format!("{name}.html")] {
        assert_eq!(site.shop.guard(&["report", &name]).exit, 0, "{name}");
    }
    site.shop.guard(&["rollback", &name]).ok();
    let command = status(&site);
    assert_eq!(command["commit"], report_at(&reports[1])["versions"]["commit"]);
    let refused = site.shop.guard(&["rollback", "logs/no-such-report.json"]);
    assert_eq!(refused.exit, 1);
    assert_eq!(status(&site)["pid"], command["pid"], "and nothing was touched");
}

#[test]
fn a_port_that_somebody_else_took_meanwhile_is_no_service_of_guards() {
    let site = Site::new();
    site.backend("--after 1", READY);
    site.deploy().ok();
    site.shop.guard(&["stop"]).ok();
    let taken = std::net::TcpListener::bind(("127.0.0.1", site.ports[0])).unwrap();
    let told = site.shop.guard(&["restart", "backend"]);
    assert_eq!(told.exit, 1, "{}", told.json);
    assert_eq!(told.code(), "service/port-not-owned", "{}", told.json);
    let own = format!("process {}", std::process::id());
    assert!(told.json["message"].as_str().unwrap().contains(&own), "{}", told.json);
    assert_eq!(site.processes(), Vec::<u32>::new(), "what can never serve is not left behind");
    drop(taken);
}

#[test]
fn what_was_never_deployed_can_be_stopped_and_not_gone_back_from() {
    let site = Site::new();
    site.backend("", READY);
    let told = site.shop.guard(&["stop", "--env", "dev"]).ok();
    assert_eq!(told.json["message"], "nothing of guard's ran");
    site.shop.guard(&["rollback", "--env", "dev"]).refused("deploy/superseded");
    site.shop.guard(&["restart", "backend", "--env", "dev"]).refused("service/not-ready");
    assert_eq!(site.shop.run(&["status"]).status.code(), Some(64), "none of them is a deploy");
}

#[test]
fn a_service_that_ends_when_it_is_restarted_says_how() {
    let site = Site::new();
    site.backend("--exit-if broken", READY);
    site.deploy().ok();
    site.touch("broken");
    let told = site.shop.guard(&["restart", "backend"]);
    assert_eq!((told.exit, told.code()), (1, "service/exited"), "{}", told.json);
    assert!(told.json["message"].as_str().unwrap().contains("exit code 3"), "{}", told.json);
    assert!(told.json["details"]["log_tail"].to_string().contains("told to go"), "{}", told.json);
    assert_eq!(site.processes(), Vec::<u32>::new());
    // One that is not ready gets the time that its gate has.
    let mut site = Site::new();
    site.backend("--ready-if ok", READY);
    site.touch("ok");
    site.deploy().ok();
    std::fs::remove_file(site.root().join("ok")).unwrap();
    site.shop.set("GUARD_SERVICE_BACKEND_READY_TIMEOUT", "1500ms");
    let told = site.shop.guard(&["restart", "backend"]);
    assert_eq!((told.exit, told.code()), (1, "service/not-ready"), "{}", told.json);
    assert!(told.json["message"].as_str().unwrap().contains("not ready within 1.5 s"), "{}", told.json);
}

#[test]
fn a_full_disk_behind_standard_output_takes_nothing_from_the_result() {
    let site = Site::new();
    site.backend("", READY);
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for format in ["json", "text"] {
        let mut command = site.shop.command(&["deploy", "--env", "dev", "--format", format]);
        assert!(command.stdout(full()).stderr(std::process::Stdio::null()).status().unwrap().success());
    }
    assert_eq!(status(&site)["state"], "running");
    let listed = site.shop.guard(&["report", "--list"]);
    assert_eq!(listed.exit, 0, "{listed:?}");
}

#[test]
fn a_service_whose_record_is_gone_is_left_alone_and_named_by_its_mark() {
    let site = Site::new();
    site.backend("", READY);
    let pid = site.deploy().ok().pid("backend");
    // A launcher became the program: its shim notes that some time later, and would write the record anew.
    until("the record as it stays", || {
        let now = serde_json::to_value(process::identity(pid)?).unwrap();
        (site.record("backend")?["process"] == now).then_some(())
    });
    std::fs::remove_dir_all(site.root().join(".guard/state")).unwrap();
    let refused = site.deploy().ended("refused", "precheck/port");
    let next = refused.result["first_broken_hop"]["next"].as_str().unwrap().to_owned();
    assert!(next.contains("the mark of backend") && next.contains(&format!("kill {pid}")), "{next}");
    assert!(process::see(pid).is_some_and(|seen| !seen.is_gone()), "and it serves on");
    assert!(process::signal_one(pid, "TERM"));
    until("its end", || site.processes().is_empty().then_some(()));
    site.deploy().ok();
    site.shop.guard(&["stop"]).ok();
}

#[test]
fn a_service_whose_shim_is_gone_is_started_anew() {
    let site = Site::new();
    site.backend("", READY);
    let first = site.deploy().ok();
    let shim = site.record("backend").unwrap()["shim"]["pid"].as_u64().unwrap();
    let _ = process::signal_one(u32::try_from(shim).unwrap(), "KILL");
    until("the end of the shim", || {
        process::see(u32::try_from(shim).unwrap()).is_none_or(|it| it.is_gone()).then_some(())
    });
    assert_eq!(status(&site)["state"], "running", "the service itself goes on");
    let second = site.deploy().ok();
    assert_ne!(first.pid("backend"), second.pid("backend"), "nobody would keep its log: {}", second.told());
    assert_eq!(site.processes().len(), 2);
}

#[test]
fn a_service_that_was_frozen_since_is_replaced() {
    let site = Site::new();
    site.backend("", READY);
    let first = site.deploy().ok();
    let _ = process::signal_one(first.pid("backend"), "STOP");
    until("the freeze", || (status(&site)["healthy"] == false).then_some(()));
    let second = site.deploy().ok();
    assert_ne!(first.pid("backend"), second.pid("backend"));
    assert_eq!(site.processes().len(), 2, "{}", second.told());
}

#[test]
fn a_rollout_that_never_began_leaves_its_report_all_the_same() {
    let mut site = Site::new();
    site.backend("", READY);
    site.shop.sandbox.write("shop/guard.toml", "[deploy]\ntimout = \"3s\"\n");
    let refused = site.deploy().ended("refused", "config/invalid");
    assert!(
        refused.reason().contains("guard.toml:2") && refused.reason().contains("timout"),
        "{}",
        refused.told()
    );
    assert!(refused.told().contains("did you mean `timeout`"), "{}", refused.told());
    assert_eq!(refused.hop(), "guard.toml");
    assert_eq!(refused.states(), ["PRECHECK fail", "FAILURE_ROLLBACK skipped"]);
    assert_eq!(report_at(refused.result["report"].as_str().unwrap())["code"], "config/invalid");
    let told = site.shop.guard(&["config", "check"]).refused("config/invalid");
    assert!(told.json.to_string().contains("did you mean `timeout`"), "{told:?}");

    site.shop.set("USER", "ann");
    site.backend("--ready-if go", READY);
    let mut first = site.begin(&[]);
    until("the gate", || site.journal().contains("BACKEND_READY_GATE").then_some(()));
    let refused = site.deploy().ended("refused", "deploy/locked");
    assert_eq!(refused.hop(), "lock");
    assert!(
        report_at(refused.result["report"].as_str().unwrap())["first_broken_hop"].to_string().contains("ann")
    );
    site.touch("go");
    assert!(first.wait().unwrap().success());
    let last = site.shop.guard(&["status"]).json["last_deploy"].clone();
    assert_eq!(last["outcome"], "ok", "whoever was refused is not the last deploy: {last}");
}

#[test]
fn a_port_that_another_environment_holds_is_named_with_its_command() {
    let mut site = Site::new();
    let other = servers::Database::new(servers::Kind::Sqlite).unwrap();
    let contract = std::fs::read_to_string(site.root().join("contract/mutation.toml")).unwrap();
    site.shop.contract(
        &contract.replace("known     = [\"dev\",", "known     = [\"dev\", \"test\",").replace(
            "[environments.dev]",
            "[environments.test]\ndatabase = \"TEST_DATABASE_URL\"\n\n[environments.dev]",
        ),
    );
    site.shop.set("TEST_DATABASE_URL", &other.url);
    site.shop.guard(&["fingerprint", "init", "test"]).ok();
    site.backend("", READY);
    let dev = site.deploy().ok();
    let refused = site.deploy_to("test", &[]).ended("refused", "precheck/port");
    let next = refused.result["first_broken_hop"]["next"].as_str().unwrap().to_owned();
    assert!(next.contains("guard stop backend --env dev"), "{next}");
    assert_eq!(site.record("backend").unwrap()["process"]["pid"], dev.pid("backend"), "and it is left alone");
    let stopped = site.shop.guard(&["stop"]).ok();
    assert_eq!(stopped.json["environment"], "dev", "who was refused is not the environment that is meant");
    site.deploy_to("test", &[]).ok();
    assert_eq!(
        site.shop.guard(&["status"]).json["services"][0]["state"],
        "running",
        "now it is the other one"
    );
    site.shop.guard(&["stop", "--env", "test"]).ok();
}

#[test]
fn a_recovery_that_fails_for_the_third_time_within_an_hour_is_critical() {
    let site = Site::new();
    let lines = "ready_timeout = \"300ms\"\n[[service.ready]]\nhttp = \"/health\"\n\
                 [service.recover]\nhttp = \"/recover\"\ntimeout = \"300ms\"\n";
    site.backend("--status 503", lines);
    for time in 1..=3 {
        let failed = site.deploy().ended("failed", "service/not-ready");
        let asked = &failed.state("BACKEND_READY_GATE")["evidence"]["recovery"]["asked_because"];
        assert!(asked.is_string(), "{time}: {}", failed.told());
    }
    let incidents =
        site.database.column("select summary from ops_incident where severity = 'CRITICAL' order by id");
    assert_eq!(incidents.len(), 2, "{incidents:?}");
    assert!(incidents.iter().any(|summary| summary.contains("again and again")), "{incidents:?}");
}

#[test]
fn a_recovery_whose_password_is_not_set_is_not_asked_for() {
    let mut site = Site::new();
    let lines = "ready_timeout = \"1s\"\n[[service.ready]]\nhttp = \"/health\"\n\
                 [service.recover]\nhttp = \"/recover\"\nauth_env = \"ADMIN_PASSWORD\"\ntimeout = \"1s\"\n";
    site.shop.set("ADMIN_PASSWORD", "");
    site.backend("--recovers", lines);
    let failed = site.deploy().ended("failed", "service/not-ready");
    assert!(failed.told().contains("ADMIN_PASSWORD is not set"), "{}", failed.told());
    assert!(!site.log("backend").contains("recover "), "{}", site.log("backend"));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let site = Site::new();
    site.toml(&backend("", READY).replace("port =", "cwd = \"nowhere\"\nport ="));
    let failed = site.deploy().ended("failed", "service/exited");
    assert!(failed.reason().contains("nowhere is not there"), "{}", failed.told());
}

#[test]
fn a_service_that_ends_after_its_gate_is_no_success() {
    let site = Site::new();
    let web = backend("--ready-if web-go", READY).replace("\"backend\"", "\"web\"").replace("PORT0", "PORT1");
    let web = web.replace("name = \"web\"", "name = \"web\"\nneeds = [\"backend\"]");
    site.toml(&format!("{}{web}", backend("--exit-if gone", READY)));
    let deploy = site.begin(&[]);
    until("the second gate", || site.journal().contains("FRONTEND_READY_GATE").then_some(()));
    site.touch("gone");
    until("the end of the first", || {
        site.record("backend").is_some_and(|it| !it["exit"].is_null()).then_some(())
    });
    site.touch("web-go");
    let failed = site::rolled(&deploy.wait_with_output().unwrap(), std::time::Duration::ZERO);
    let failed = failed.ended("failed", "service/exited");
    assert!(failed.states().contains(&"SUCCESS fail".to_owned()), "{}", failed.told());
    assert_eq!(failed.hop(), "service backend");
    assert!(failed.reason().contains("exit code 3"), "{}", failed.told());
    assert_eq!(site.processes(), Vec::<u32>::new());
}

#[test]
fn a_service_that_loses_its_port_behind_its_gate_is_no_success() {
    let site = Site::new();
    let root = site.root();
    let port = site.ports[0];
    // Whoever is asked between the gate and the end takes the port away.
    let outside = web::Site::by(move |_, _| {
        std::fs::write(root.join("close"), "").unwrap();
        until("the end of the listener", || (!guard::io::sockets::is_listening(port)).then_some(()));
        web::json(200, "{}")
    });
    let external = format!(
        "[[external]]\nkind = \"http\"\nname = \"api\"\ntimeout = \"60s\"\nurl = \"{}\"\n",
        outside.url("/")
    );
    site.toml(&format!("{external}{}", backend("--close-if close", READY)));
    let failed = site.deploy().ended("failed", "service/not-ready");
    assert!(failed.states().contains(&"SUCCESS fail".to_owned()), "{}", failed.told());
    assert!(failed.reason().contains("is not any more: no listener on port"), "{}", failed.told());
    assert_eq!(site.processes(), Vec::<u32>::new());
}

#[test]
fn a_service_that_may_be_slow_is_no_failure_for_it() {
    let site = Site::new();
    let lines = "ready_timeout = \"100s\"\n[[service.ready]]\nhttp = \"/health\"\ntimeout = \"60s\"\n";
    site.backend("--slow 5", lines);
    site.deploy().ok();
    site.shop.guard(&["stop"]).ok();
}

#[test]
fn a_service_that_answers_well_only_once_is_no_success() {
    let site = Site::new();
    site.backend("--answers 1", READY);
    let failed = site.deploy().ended("failed", "service/not-ready");
    assert!(failed.states().contains(&"SUCCESS fail".to_owned()), "{}", failed.told());
    assert!(failed.reason().contains("/health: status 500"), "{}", failed.told());
    assert_eq!(failed.state("SUCCESS")["probes"][0]["result"], "fail");
    assert_eq!(site.processes(), Vec::<u32>::new());
}
