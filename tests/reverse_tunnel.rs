//! A real reverse tunnel, `ssh -R` into a real sshd, with a real nginx as the public address in front: not running,
//! running without its edge, connected and not routing, and routing to something that is not our build are four
//! answers.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod edge;
mod sandbox;
mod servers;
mod shop;
mod site;

use std::net::TcpListener;
use std::time::Duration;

use edge::Edge;
use site::{Rolled, Site, backend, free_port, until};

const LIVES: &str = "ready_timeout = \"20s\"\n[[service.ready]]\nhttp = \"/\"\n";

fn text(edge: &Edge, command: &[String], public: u16) -> String {
    format!(
        "[tunnel]\nname = \"shop\"\nkind = \"ssh\"\ncommand = {command:?}\nready = \"http://127.0.0.1:{}/\"\n\
         timeout = \"2s\"\n[[tunnel.verify]]\nurl = \"http://127.0.0.1:{public}/\"\nstatus = 200\n\
         marker = \"<build:${{GIT_COMMIT}}>\"\n{}",
        edge.ready,
        backend("--body <build:$COMMIT>", LIVES)
    )
}

fn hops(rolled: &Rolled) -> Vec<String> {
    let evidence = rolled.state("TUNNEL_START_OR_VERIFY")["evidence"]["hops"].clone();
    let word = |hop: &serde_json::Value, name: &str| hop[name].as_str().unwrap_or_default().to_owned();
    let hops = evidence.as_array().cloned().unwrap_or_default();
    hops.iter().map(|hop| format!("{} {}", word(hop, "hop"), word(hop, "result"))).collect()
}

#[test]
fn a_real_tunnel_leads_to_our_build_and_each_way_of_not_doing_so_has_its_answer() {
    let Some(edge) = Edge::new() else { return };
    let site = Site::new();
    site.toml(&text(&edge, &edge.ssh(site.ports[0]), edge.public));
    let good = site.deploy().ok();
    assert_eq!(
        hops(&good),
        ["process pass", "edge pass", "origin pass", "origin pass", "public pass"],
        "{}",
        good.told()
    );
    let changed = &site.deploy().ok().result["details"]["changed"];
    assert_eq!(changed, false);

    // The app is gone and the tunnel's process lives: that is not the tunnel's fault.
    let app = good.pid("backend");
    assert!(guard::io::process::signal_one(app, "KILL"));
    let status = until("the end of the app", || {
        let status = site.shop.guard(&["status"]).json;
        (status["services"][0]["state"] == "dead").then_some(status)
    });
    assert!(status["tunnel"]["pid"].is_number(), "{status}");
    let origin = status["tunnel"]["hops"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(origin["code"], "tunnel/origin", "{status}");
    let again = site.deploy().ok();
    assert_eq!(again.result["details"]["changed"], true);
    site.shop.guard(&["stop"]).ok();

    let nobody = free_port();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_port = silent.local_addr().unwrap().port();
    let answers = [
        ("not running", nobody, edge.public, "tunnel/not-running", "exit code 255"),
        ("without its edge", silent_port, edge.public, "tunnel/edge", "refused"),
        ("not routing", 0, edge.wrong, "tunnel/not-routing", "502"),
        ("not our build", 0, edge.parked, "tunnel/not-ours", "marker"),
    ];
    for (what, server, public, code, word) in answers {
        let site = Site::new();
        let to = site.ports[0];
        let command = if server == 0 { edge.ssh(to) } else { edge.ssh_by(server, to) };
        site.toml(&text(&edge, &command, public));
        let failed = site.deploy().ended("failed", code);
        assert!(failed.reason().contains(word), "{what}: {}", failed.told());
        assert_eq!(failed.state("TUNNEL_START_OR_VERIFY")["evidence"]["restarted"], true, "{what}: once");
        assert_eq!(failed.result["rollback"]["stopped"], serde_json::json!(["tunnel", "backend"]), "{what}");
        assert!(failed.took < Duration::from_mins(1), "{what}: {:?}", failed.took);
        assert_eq!(site.processes(), Vec::<u32>::new(), "{what}");
    }

    // It leads to a port on which nobody listens.
    let site = Site::new();
    site.toml(&text(&edge, &edge.ssh(nobody), edge.public));
    let failed = site.deploy().ended("failed", "tunnel/origin");
    assert!(failed.reason().contains("neither on IPv4 nor on IPv6"), "{}", failed.told());
}
