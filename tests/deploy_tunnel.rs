//! `TUNNEL_START_OR_VERIFY` through the whole rollout: each answer of a tunnel, what becomes of the services then,
//! and whose tunnel is whose.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;
mod web;

use std::process::{Command, Stdio};
use std::time::Duration;

use site::{Rolled, Site, backend, free_port};

const TUNNEL: &str = include_str!("site/tunnel.py");

/// The service says which build it is.
const BUILD: &str = "--body <build:$COMMIT>";
const LIVES: &str = "ready_timeout = \"20s\"\n[[service.ready]]\nhttp = \"/\"\n";

struct Stage {
    site: Site,
    public: u16,
    ready: u16,
}

impl Stage {
    fn new() -> Self {
        let site = Site::new();
        site.shop.sandbox.write("shop/tunnel.py", TUNNEL);
        Self { site, public: free_port(), ready: free_port() }
    }

    /// The command line of the stand-in.
    fn words(&self, arguments: &str) -> Vec<String> {
        let text = format!("python3 tunnel.py --public {} --ready {} {arguments}", self.public, self.ready);
        text.replace("PORT0", &self.site.ports[0].to_string()).split_whitespace().map(str::to_owned).collect()
    }

    fn section(&self, arguments: &str, more: &str) -> String {
        format!(
            "[tunnel]\nname = \"shop\"\nkind = \"command\"\ncommand = {:?}\nready = \"http://127.0.0.1:{}/ready\"\n\
             timeout = \"3s\"\n{more}\n[[tunnel.verify]]\nurl = \"http://127.0.0.1:{}/\"\nstatus = 200\n\
             marker = \"<build:${{GIT_COMMIT}}>\"\n",
            self.words(arguments),
            self.ready,
            self.public
        )
    }

    fn rolled(&self, arguments: &str, more: &str) -> Rolled {
        self.site.toml(&format!("{}{}", self.section(arguments, more), backend(BUILD, LIVES)));
        self.site.deploy()
    }
}

const LEADS: &str = "--to http://127.0.0.1:PORT0";

fn hops(rolled: &Rolled) -> Vec<String> {
    let hops =
        rolled.state("TUNNEL_START_OR_VERIFY")["evidence"]["hops"].as_array().cloned().unwrap_or_default();
    let word = |hop: &serde_json::Value, name: &str| hop[name].as_str().unwrap_or_default().to_owned();
    hops.iter().map(|hop| format!("{} {}", word(hop, "hop"), word(hop, "result"))).collect()
}

#[test]
fn a_tunnel_that_leads_to_our_build_is_started_kept_and_stopped() {
    let stage = Stage::new();
    let good = stage.rolled(LEADS, "").ok();
    assert_eq!(hops(&good), ["process pass", "edge pass", "public pass"], "{}", good.told());
    let status = stage.site.shop.guard(&["status"]);
    let pid = status.json["tunnel"]["pid"].as_u64().unwrap();
    let again = stage.site.deploy().ok();
    assert_eq!(again.result["details"]["changed"], false, "{}", again.told());
    assert_eq!(stage.site.shop.guard(&["status"]).json["tunnel"]["pid"].as_u64(), Some(pid));
    let log = stage.site.shop.run(&["logs", "tunnel"]);
    assert!(String::from_utf8_lossy(&log.stdout).contains("tunnel starts"));
    stage.site.shop.guard(&["stop"]).ok();
    assert_eq!(stage.site.processes(), Vec::<u32>::new());
}

#[test]
fn each_broken_tunnel_has_its_answer_and_takes_its_services_with_it() {
    let origin = format!("--to http://127.0.0.1:{}", free_port());
    for (arguments, code, hop, word) in [
        ("--exit-after 0 --to http://127.0.0.1:PORT0", "tunnel/not-running", "tunnel process", "exit code 7"),
        ("--connections 0 --to http://127.0.0.1:PORT0", "tunnel/edge", "tunnel edge", "0 connections"),
        (origin.as_str(), "tunnel/not-routing", "tunnel public", "502"),
        ("--says <title>parked</title>", "tunnel/not-ours", "tunnel public", "marker"),
        ("--status 530 --says x", "tunnel/not-routing", "tunnel public", "530"),
    ] {
        let stage = Stage::new();
        let failed = stage.rolled(arguments, "").ended("failed", code);
        assert_eq!(failed.hop(), hop, "{}", failed.told());
        assert!(failed.reason().contains(word), "{word}: {}", failed.told());
        assert!(!failed.result["first_broken_hop"]["next"].as_str().unwrap().is_empty());
        let evidence = &failed.state("TUNNEL_START_OR_VERIFY")["evidence"];
        assert_eq!(evidence["restarted"], true, "once: {}", failed.told());
        let stopped = failed.result["rollback"]["stopped"].as_array().unwrap();
        assert_eq!(stopped, &["tunnel", "backend"], "newest first: {}", failed.told());
        assert!(failed.took < Duration::from_mins(1), "{:?}", failed.took);
        assert_eq!(stage.site.processes(), Vec::<u32>::new());
    }
}

#[test]
fn a_restart_that_mends_it_is_told_and_the_third_one_within_an_hour_is_an_incident() {
    let stage = Stage::new();
    let arguments = format!("--second-time mended {LEADS}");
    for time in 1..=3 {
        let good = stage.rolled(&arguments, "").ok();
        let evidence = &good.state("TUNNEL_START_OR_VERIFY")["evidence"];
        assert_eq!(evidence["restarted"], true, "{}", good.told());
        assert!(evidence["notes"].to_string().contains("502"), "{}", good.told());
        let incidents = stage.site.shop.guard(&["incidents", "list"]).json;
        let incidents = incidents["details"]["incidents"].as_array().unwrap().clone();
        assert_eq!(incidents.len(), usize::from(time == 3), "{incidents:?}");
        if let Some(incident) = incidents.first() {
            assert_eq!(
                (incident["severity"].as_str(), incident["category"].as_str()),
                (Some("WARN"), Some("TUNNEL"))
            );
        }
        stage.site.shop.guard(&["stop"]).ok();
        std::fs::remove_file(stage.site.root().join("mended")).unwrap();
    }
}

#[test]
fn a_tunnel_of_somebody_else_is_judged_and_left_alone() {
    let stage = Stage::new();
    let words = stage.words("--says <title>parked</title>");
    let mut other = Command::new(&words[0]);
    let mut other =
        other.args(&words[1..]).current_dir(stage.site.root()).stdout(Stdio::null()).spawn().unwrap();
    site::until("the other tunnel", || std::net::TcpStream::connect(("127.0.0.1", stage.public)).ok());
    let failed = stage.rolled("--says <title>parked</title>", "").ended("failed", "tunnel/not-ours");
    assert!(failed.told().contains("not restarted"), "{}", failed.told());
    assert_eq!(failed.result["rollback"]["stopped"], serde_json::json!(["backend"]));
    assert!(other.try_wait().unwrap().is_none(), "it lives");
    let restart = format!("restart = [\"touch\", \"{}\"]", stage.site.root().join("asked").display());
    let failed = stage.rolled("--says <title>parked</title>", &restart).ended("failed", "tunnel/not-ours");
    assert!(stage.site.root().join("asked").exists(), "by its own command: {}", failed.told());
    assert!(other.try_wait().unwrap().is_none(), "it lives");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn a_tunnel_without_a_command_that_does_not_run_is_not_started() {
    let stage = Stage::new();
    let section = stage.section(LEADS, "");
    let section = section.replace("\"command\"", "\"bore\"");
    let lines: Vec<&str> = section.lines().filter(|line| !line.starts_with("command")).collect();
    let section = lines.join("\n") + "\n";
    stage.site.toml(&format!("{section}{}", backend(BUILD, LIVES)));
    let failed = stage.site.deploy().ended("failed", "tunnel/not-running");
    assert!(
        failed.result["first_broken_hop"]["next"].as_str().unwrap().contains("command"),
        "{}",
        failed.told()
    );
}

#[test]
fn a_tunnel_that_dies_after_the_rollout_is_seen_and_started_again_by_the_next() {
    let stage = Stage::new();
    stage.rolled(LEADS, "").ok();
    let before = stage.site.shop.guard(&["status"]).json["tunnel"]["pid"].as_u64().unwrap();
    assert!(guard::io::process::signal_one(u32::try_from(before).unwrap(), "KILL"));
    let dead = site::until("its end", || {
        let status = stage.site.shop.guard(&["status"]).json;
        status["tunnel"]["pid"].is_null().then_some(status)
    });
    assert_eq!(dead["tunnel"]["hops"][0]["code"], "tunnel/not-running", "{dead}");
    let again = stage.site.deploy().ok();
    assert_ne!(
        stage.site.shop.guard(&["status"]).json["tunnel"]["pid"].as_u64(),
        Some(before),
        "{}",
        again.told()
    );
    assert_eq!(again.service("backend")["started"], false, "only what was broken is started");
    assert_eq!(again.result["details"]["changed"], true, "{}", again.told());
}

#[test]
fn a_release_that_fails_at_the_tunnel_brings_the_one_before_back() {
    let stage = Stage::new();
    let good = stage.rolled(LEADS, "").ok();
    let failed = stage.rolled("--says <title>parked</title>", "").ended("failed", "tunnel/not-ours");
    let restarted = failed.result["rollback"]["restarted"].to_string();
    assert!(restarted.contains("backend") && restarted.contains("tunnel"), "{}", failed.told());
    let status = stage.site.shop.guard(&["status"]).json;
    assert_eq!(status["services"][0]["state"], "running");
    assert!(status["tunnel"]["pid"].is_number(), "{status}");
    drop(good);
}

#[test]
fn a_tunnel_that_ends_after_it_led_here_is_no_success() {
    let stage = Stage::new();
    let (gone, public) = (stage.site.root().join("gone"), stage.public);
    let outside = web::Site::by(move |_, _| {
        std::fs::write(&gone, "").unwrap();
        site::until("the end of the tunnel", || {
            std::net::TcpStream::connect(("127.0.0.1", public)).is_err().then_some(())
        });
        web::json(200, "{}")
    });
    let external = format!("[[external]]\nkind = \"http\"\nurl = \"{}\"\n", outside.url("/"));
    stage.site.toml(&format!(
        "{external}{}{}",
        stage.section(&format!("--exit-if gone {LEADS}"), ""),
        backend(BUILD, LIVES)
    ));
    let failed = stage.site.deploy().ended("failed", "tunnel/not-running");
    assert!(failed.states().contains(&"SUCCESS fail".to_owned()), "{}", failed.told());
    assert!(failed.reason().contains("exit code 9"), "{}", failed.told());
    assert_eq!(stage.site.processes(), Vec::<u32>::new());
}
