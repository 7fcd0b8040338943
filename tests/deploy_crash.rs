//! A rollout that is killed, interrupted, overtaken or run twice at once: the next one knows, and finishes or
//! undoes what it left.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;
mod web;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use guard::io::process;
use site::{READY, Site, backend, rolled, until};

fn touch(site: &Site, name: &str) {
    std::fs::write(site.root().join(name), "").unwrap();
}

/// A service answers as its probe asks.
fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = String::new();
    let asked = stream.write_all(b"GET /health HTTP/1.0\r\n\r\n");
    asked.and_then(|()| stream.read_to_string(&mut answer)).is_ok() && answer.contains(" 200 ")
}

#[test]
fn killed_in_precheck() {
    let site = Site::new();
    let step = "[[prepare]]\nname = \"step\"\ncheck = \"while ! test -e go; do sleep 0.02; done\"\n";
    site.toml(&format!("{step}{}", backend("", READY)));
    site.kill_in("PRECHECK");
    touch(&site, "go");
    until("the end of the step", || site.processes().is_empty().then_some(()));
    site.finishes("PRECHECK", 1);
}

#[test]
fn a_step_ends_with_a_rollout_that_is_killed_and_what_it_started_too() {
    let site = Site::new();
    let step =
        "[[prepare]]\nname = \"step\"\ncheck = \"sleep 1000 & touch begun; while :; do sleep 0.1; done\"\n";
    site.toml(&format!("{step}{}", backend("", READY)));
    let mut deploy = site.begin(&[]);
    until("the step", || site.root().join("begun").exists().then_some(()));
    site.kill(&mut deploy, "PRECHECK");
    until("the end of the step", || site.processes().is_empty().then_some(()));
}

#[test]
fn what_a_step_starts_in_the_background_goes_on_when_the_step_has_ended() {
    let site = Site::new();
    touch(&site, "stay");
    // It is given no pipe of guard's, as a server that goes into the background is not.
    let loops = "while test -e stay; do touch runs; sleep 0.1; done";
    let fix = format!("[\"sh\", \"-c\", \"sh -c '{loops}' >/dev/null 2>&1 & touch met\"]");
    let step = format!("[[prepare]]\nname = \"step\"\ncheck = \"test -e met\"\nfix = {fix}\n");
    site.toml(&format!("{step}{}", backend("", READY)));
    site.deploy().ok();
    until("a sign of it", || site.root().join("runs").exists().then_some(()));
    std::fs::remove_file(site.root().join("runs")).unwrap();
    until("a sign of it after the rollout", || site.root().join("runs").exists().then_some(()));
    std::fs::remove_file(site.root().join("stay")).unwrap();
    site.shop.guard(&["stop"]).ok();
    until("the end of all of it", || site.processes().is_empty().then_some(()));
}

#[test]
fn killed_in_the_gate_of_the_database() {
    let mut site = Site::new();
    site.backend("", READY);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    site.shop.set("DEV_DATABASE_URL", format!("postgres://u:p@127.0.0.1:{port}/d"));
    site.kill_in("DB_VALIDATE");
    let url = site.database.url.clone();
    site.shop.set("DEV_DATABASE_URL", url);
    site.finishes("DB_VALIDATE", 1);
}

#[test]
fn killed_while_it_waits_for_the_lease() {
    let site = Site::new();
    site.backend("", READY);
    let path = site.database.url.trim_start_matches("sqlite://").to_owned();
    let lease = File::options().create(true).append(true).open(format!("{path}.guard-lock")).unwrap();
    lease.lock().unwrap();
    site.kill_in("MIGRATE_VERIFY");
    drop(lease);
    site.finishes("MIGRATE_VERIFY", 1);
}

#[test]
fn killed_while_a_service_is_replaced() {
    let site = Site::new();
    let lines = format!("[service.stop]\ngrace = \"5s\"\n{}", READY.replace("ready_timeout = \"20s\"\n", ""));
    site.backend("--ignore-term --exit-if gone", &lines);
    site.deploy().ok();
    site.release("two");
    site.kill_in("BACKEND_START");
    site.finishes("BACKEND_START", 1);
}

#[test]
fn killed_in_the_ready_gate_of_each_service() {
    let site = Site::new();
    let web = backend("--ready-if web-go", READY).replace("\"backend\"", "\"web\"").replace("PORT0", "PORT1");
    let web = web.replace("name = \"web\"", "name = \"web\"\nneeds = [\"backend\"]");
    site.toml(&format!("{}{web}", backend("--ready-if go", READY)));
    site.kill_in("BACKEND_READY_GATE");
    let left = site.record("backend").unwrap()["process"]["pid"].as_u64().unwrap();
    touch(&site, "go");
    until("the health of what is left", || is_ready(site.ports[0]).then_some(()));
    site.kill_in("FRONTEND_READY_GATE");
    touch(&site, "web-go");
    let next = site.finishes("FRONTEND_READY_GATE", 2);
    assert_eq!(u64::from(next.pid("backend")), left, "what the killed run had started is taken over");
}

#[test]
fn killed_in_the_tunnel_and_outside() {
    let site = Site::new();
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = deaf.local_addr().unwrap().port();
    let outside = format!(
        "[[external]]\nkind = \"http\"\nurl = \"http://127.0.0.1:{port}/\"\nrequired = false\ntimeout = \"1s\"\n"
    );
    site.toml(&format!("{outside}{}", backend("", READY)));
    site.kill_in("EXTERNAL_VERIFY");
    let next = site.deploy().ended("partial", "external/inconclusive");
    assert!(next.state("PRECHECK")["evidence"]["interrupted"].as_str().unwrap().contains("EXTERNAL_VERIFY"));
    assert_eq!(site.processes().len(), 2);
}

#[test]
fn killed_in_the_rollback_and_the_release_before_is_brought_back() {
    let site = Site::new();
    let lines = format!("{READY}[service.stop]\ngrace = \"4s\"\n");
    let good = "--body {\"ready\":true,\"release\":1}";
    site.backend(good, READY);
    site.deploy().ok();
    site.backend("--ignore-term --ready-after 60", &lines.replace("\"20s\"", "\"500ms\""));
    site.kill_in("FAILURE_ROLLBACK");
    site.shop.sandbox.write("shop/.env.example", "NOT_THERE=\n");
    // The next one is refused before it starts anything, and undoes all the same.
    std::fs::write(
        site.root().join("guard.toml"),
        std::fs::read_to_string(site.root().join("guard.toml")).unwrap()
            + "[deploy]\nrequired_env = [\"NOT_THERE\"]\n",
    )
    .unwrap();
    site.shop.commit();
    site.shop.freeze();
    let refused = site.deploy();
    assert_eq!(refused.code(), "precheck/env", "{}", refused.told());
    assert_eq!(refused.result["rollback"]["restarted"][0], "backend", "{}", refused.told());
    let status = site.shop.guard(&["status"]);
    assert_eq!(status.json["services"][0]["state"], "running", "{status:?}");
    assert_eq!(site.processes().len(), 2);
}

#[test]
fn a_signal_ends_it_cleanly() {
    for signal in ["TERM", "INT"] {
        let site = Site::new();
        site.backend("--ready-if never", READY);
        let deploy = site.begin(&[]);
        until("the gate", || site.journal().contains("BACKEND_READY_GATE").then_some(()));
        let begun = Instant::now();
        let _ = process::signal_one(deploy.id(), signal);
        let failed = rolled(&deploy.wait_with_output().unwrap(), begun.elapsed());
        let failed = failed.ended("failed", "deploy/interrupted");
        assert!(failed.took < Duration::from_mins(1), "{:?}", failed.took);
        assert_eq!(site.processes(), Vec::<u32>::new());
    }
}

#[test]
fn a_signal_is_heard_while_a_step_or_an_api_takes_its_time() {
    let silent = web::Site::that(web::Say::Nothing);
    let external = format!(
        "[[external]]\nkind = \"http\"\nname = \"api\"\ntimeout = \"100s\"\nurl = \"{}\"\n",
        silent.url("/")
    );
    let step = "[[prepare]]\nname = \"x\"\ncheck = \"touch begun; while ! test -f go; do sleep 0.1; done\"\n";
    for (state, more) in [("PRECHECK", step), ("EXTERNAL_VERIFY", external.as_str())] {
        let site = Site::new();
        site.toml(&format!("{more}{}", site::backend("", READY)));
        let deploy = site.begin(&[]);
        until(state, || {
            let begun = state != "PRECHECK" || site.root().join("begun").exists();
            let asked = state == "PRECHECK" || silent.count() > 0;
            (begun && asked && site.journal().contains(&format!("\"enter\",\"state\":\"{state}\"")))
                .then_some(())
        });
        assert!(guard::io::process::signal_one(deploy.id(), "TERM"));
        let begun = std::time::Instant::now();
        let ended = site::rolled(&deploy.wait_with_output().unwrap(), begun.elapsed());
        let ended = ended.ended("failed", "deploy/interrupted");
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", ended.told());
        assert!(ended.states().contains(&format!("{state} fail")), "{}", ended.told());
        until("the end of all of it", || site.processes().is_empty().then_some(()));
    }
}

#[test]
fn a_rollout_that_is_to_outlive_its_terminal_does() {
    let site = Site::new();
    site.backend("--ready-if go", READY);
    let guard = site.shop.command(&[]);
    let mut words = vec!["-c", "trap '' HUP; exec \"$0\" deploy --env dev --format json"];
    let program = guard.get_program().to_str().unwrap().to_owned();
    words.push(&program);
    let mut shell = std::process::Command::new("sh");
    shell.args(words).current_dir(site.root()).env_clear();
    shell.envs(guard.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::piped());
    let deploy = shell.stderr(std::process::Stdio::null()).spawn().unwrap();
    until("the gate", || site.journal().contains("BACKEND_READY_GATE").then_some(()));
    assert!(process::signal_one(deploy.id(), "HUP"));
    touch(&site, "go");
    rolled(&deploy.wait_with_output().unwrap(), Duration::ZERO).ok();
    site.shop.guard(&["stop"]).ok();
}

#[test]
fn two_at_once_refuse_by_name_or_queue() {
    let mut site = Site::new();
    site.shop.set("USER", "ann");
    site.backend("--ready-if go", READY);
    let mut first = site.begin(&[]);
    until("the gate", || site.journal().contains("BACKEND_READY_GATE").then_some(()));
    let refused = site.shop.guard(&["deploy", "--env", "dev"]).refused("deploy/locked");
    let message = refused.json["message"].as_str().unwrap();
    assert!(message.contains("ann") && message.contains(&first.id().to_string()), "{message}");
    assert_eq!(refused.json["details"]["pid"], first.id());
    site.shop.guard(&["stop"]).refused("deploy/locked");
    let second = site.begin(&["--wait", "30s"]);
    touch(&site, "go");
    assert!(first.wait().unwrap().success());
    let second = rolled(&second.wait_with_output().unwrap(), Duration::ZERO).ok();
    assert_eq!(second.result["details"]["changed"], false, "{}", second.told());
}

#[test]
fn an_older_commit_does_not_overtake_a_newer_one() {
    let site = Site::new();
    site.backend("", READY);
    site.deploy().ok();
    site.release("two");
    site.deploy().ok();
    site.shop.sandbox.git("shop", &["checkout", "-q", "HEAD~1"]);
    let refused = site.deploy().ended("refused", "deploy/superseded");
    assert_eq!(refused.hop(), "commit");
    assert_eq!(site.shop.guard(&["status"]).json["services"][0]["state"], "running");
    site.shop.sandbox.git("shop", &["checkout", "-q", "main"]);
    assert_eq!(site.deploy().ok().result["details"]["changed"], false);
}

#[test]
fn a_service_outlives_the_job_and_carries_nothing_of_it() {
    let mut site = Site::new();
    site.shop
        .set("RUNNER_TRACKING_ID", "github_canary")
        .set("GUARD_DEPLOY_KEY", "ed25519-private:canary-key");
    site.shop.set("GITHUB_TOKEN", "canary-token-1").set("API_KEY", "canary-api-key");
    site.backend("--note given.json --say-env API_KEY", &format!("{READY}[service.env]\nMODE = \"fast\"\n"));
    let deploy = site.begin(&[]);
    let good = rolled(&deploy.wait_with_output().unwrap(), Duration::ZERO).ok();
    let given = std::fs::read_to_string(site.root().join("given.json")).unwrap();
    let given: serde_json::Value = serde_json::from_str(&given).unwrap();
    assert_eq!(given["PORT"], site.ports[0].to_string());
    assert_eq!((given["HOST"].as_str(), given["MODE"].as_str()), (Some("127.0.0.1"), Some("fast")));
    assert_eq!(given["API_KEY"], "canary-api-key", "what the service needs it has");
    for pid in site.processes() {
        let environ = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
        let environ = String::from_utf8_lossy(&environ).into_owned();
        for canary in ["github_canary", "canary-key", "canary-token-1"] {
            assert!(!environ.contains(canary), "{canary} reached {pid}");
        }
        assert!(
            !process::command_line(pid).contains("canary-api"),
            "no argument list shows a secret of the shim"
        );
        let seen = process::see(pid).unwrap();
        assert_ne!(seen.session, process::see(std::process::id()).unwrap().session);
    }
    assert!(site.log("backend").contains("starting  [redacted]"));
    let mut files = vec![site.root().join(".guard"), site.root().join("logs")];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        assert!(!text.contains("canary-api-key") && !text.contains("canary-key"), "{}", path.display());
    }
    drop(good);
}

#[test]
fn a_process_with_the_number_of_a_service_is_not_killed_for_it() {
    let site = Site::new();
    site.backend("", READY);
    site.deploy().ok();
    site.shop.guard(&["stop"]).ok();
    // Somebody else got the numbers of the shim and the service: this test's own child, with another start.
    let mut other = std::process::Command::new("sleep").arg("30").spawn().unwrap();
    let path = site.root().join(".guard/state/dev/backend.json");
    let mut record = site.record("backend").unwrap();
    record["process"]["pid"] = other.id().into();
    record["shim"]["pid"] = other.id().into();
    std::fs::write(&path, record.to_string()).unwrap();
    site.shop.guard(&["stop"]).ok();
    assert!(other.try_wait().unwrap().is_none(), "it lives");
    assert_eq!(site.shop.guard(&["status"]).json["services"][0]["state"], "stopped");
    other.kill().unwrap();
    other.wait().unwrap();
}
