//! Killed late: while the second service is replaced, in the tunnel, after SUCCESS, and in what a person does by hand.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use site::{READY, Site, backend, free_port, until};

#[test]
fn killed_while_the_frontend_is_replaced() {
    let site = Site::new();
    let lines = format!("{READY}[service.stop]\ngrace = \"4s\"\n");
    let web = backend("--ignore-term", &lines).replace("\"backend\"", "\"web\"").replace("PORT0", "PORT1");
    let web = web.replace("name = \"web\"", "name = \"web\"\nneeds = [\"backend\"]");
    site.toml(&format!("{}{web}", backend("", READY)));
    let first = site.deploy().ok();
    site.release("two");
    site.kill_in("FRONTEND_START");
    let next = site.finishes("FRONTEND_START", 2);
    for name in ["backend", "web"] {
        assert_ne!(first.pid(name), next.pid(name), "it is of the new release");
        assert_eq!(next.service(name)["commit"], next.result["versions"]["commit"], "{}", next.told());
    }
}

#[test]
fn killed_in_the_tunnel() {
    let site = Site::new();
    site.shop.sandbox.write("shop/tunnel.py", include_str!("site/tunnel.py"));
    let (public, ready) = (free_port(), free_port());
    let words = format!(
        "python3 tunnel.py --public {public} --ready {ready} --connected-if go --to http://127.0.0.1:{}",
        site.ports[0]
    );
    let words: Vec<&str> = words.split(' ').collect();
    site.toml(&format!(
        "[tunnel]\nkind = \"command\"\ncommand = {words:?}\nready = \"http://127.0.0.1:{ready}/\"\n\
         [[tunnel.verify]]\nurl = \"http://127.0.0.1:{public}/\"\n{}",
        backend("", READY)
    ));
    let mut deploy = site.begin(&[]);
    let left = until("the tunnel of the run that is killed", || {
        let status = site.shop.run(&["status", "--env", "dev", "--format", "json"]);
        let status: serde_json::Value = serde_json::from_slice(&status.stdout).ok()?;
        status["tunnel"]["pid"].as_u64()
    });
    site.kill(&mut deploy, "TUNNEL_START_OR_VERIFY");
    site.touch("go");
    // A shim and a process for the tunnel, too.
    let next = site.finishes("TUNNEL_START_OR_VERIFY", 2);
    let tunnel = site.shop.guard(&["status"]).json["tunnel"]["pid"].as_u64();
    assert_eq!(tunnel, Some(left), "what the killed run had started is taken over: {}", next.told());
    assert_eq!(next.service("backend")["started"], false, "{}", next.told());
    site.shop.guard(&["stop"]).ok();
    assert_eq!(site.processes(), Vec::<u32>::new());
}

/// Holds a SQLite database so that nobody else can write to it.
fn hold(path: &str) -> Child {
    let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
                  c.execute('begin exclusive')\nprint('held', flush=True)\nsys.stdin.read()\n";
    let mut holder = Command::new("python3");
    let holder = holder.args(["-c", script, path]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut holder = holder.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line.trim(), "held");
    holder
}

#[test]
fn killed_after_success_while_it_brings_an_incident_to_the_database() {
    let mut site = Site::new();
    site.backend("--ready-if go", READY);
    let url = site.database.url.clone();
    site.shop.set("DEV_DATABASE_URL", "postgres://u:p@127.0.0.1:1/d");
    site.deploy().ended("refused", "database/unreachable");
    site.shop.set("DEV_DATABASE_URL", &url);
    let mut deploy = site.begin(&[]);
    until("the gate", || site.journal().contains("BACKEND_READY_GATE").then_some(()));
    let mut holder = hold(url.trim_start_matches("sqlite://"));
    site.touch("go");
    until("the success", || {
        site.journal().contains("\"event\":\"leave\",\"state\":\"SUCCESS\"").then_some(())
    });
    site.kill(&mut deploy, "SUCCESS");
    holder.kill().unwrap();
    holder.wait().unwrap();
    let next = site.finishes("SUCCESS", 1);
    assert_eq!(next.result["details"]["changed"], false, "{}", next.told());
    assert_eq!(
        site.database.column("select severity from ops_incident"),
        ["CRITICAL"],
        "and it was not lost"
    );
}

#[test]
fn a_command_by_hand_that_is_killed_is_told_by_the_next_deploy() {
    let site = Site::new();
    let lines = format!("{READY}[service.stop]\ngrace = \"10s\"\n");
    site.backend("--ignore-term", &lines);
    site.deploy().ok();
    for words in [vec!["stop"], vec!["restart", "backend"]] {
        let mut by_hand = site.shop.command(&words);
        let by_hand = by_hand.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut by_hand = by_hand.spawn().unwrap();
        until("its entry", || {
            site.journal().contains(&format!("\"command\":\"{}\"", words[0])).then_some(())
        });
        site.kill(&mut by_hand, &format!("`guard {}`", words[0]));
        site.finishes(&format!("`guard {}`", words[0]), 1);
    }
}

#[test]
fn one_service_restarted_by_hand_settles_nothing_of_a_killed_rollout() {
    let site = Site::new();
    let web = backend("--ready-if web-go", READY).replace("\"backend\"", "\"web\"").replace("PORT0", "PORT1");
    site.toml(&format!(
        "{}{}",
        backend("", READY),
        web.replace("name = \"web\"", "name = \"web\"\nneeds = [\"backend\"]")
    ));
    site.kill_in("FRONTEND_READY_GATE");
    site.shop.guard(&["restart", "backend", "--env", "dev"]).ok();
    let status = site.shop.guard(&["status"]).json;
    assert!(
        status["last_deploy"]["interrupted"].as_str().unwrap().contains("FRONTEND_READY_GATE"),
        "{status}"
    );
    site.shop.guard(&["stop"]).ok();
    let status = site.shop.guard(&["status"]).json;
    assert!(status["last_deploy"]["interrupted"].is_null(), "stopped, all of it is settled: {status}");
    assert_eq!(site.processes(), Vec::<u32>::new());
}
