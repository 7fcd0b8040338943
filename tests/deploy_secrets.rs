//! A secret that stands in every place where somebody could put it is in nothing that a rollout shows or keeps.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod sandbox;
mod servers;
mod shop;
mod site;
mod web;

use std::path::{Path, PathBuf};

use site::{Site, until};

const CANARY: &str = "canary-7731-tok";

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What is kept to start a service again holds its command as it is; everything else is for reading.
fn is_recipe(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.ends_with(".release.json") || text.contains(".guard/state/dev")
}

#[track_caller]
fn nowhere(site: &Site) -> usize {
    let root = site.root();
    let mut looked = 0;
    for path in files(&root.join(".guard")).into_iter().chain(files(&root.join("logs"))) {
        use std::os::unix::fs::PermissionsExt as _;
        let private = matches!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600 | 0o400);
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        if is_recipe(&path) && path.extension().is_some_and(|end| end == "json") {
            assert!(private || !text.contains(CANARY), "{} can be read by others", path.display());
            continue;
        }
        assert!(!text.contains(CANARY), "{}:\n{text}", path.display());
        looked += 1;
    }
    looked
}

fn toml(status: u16, api: &str) -> String {
    format!(
        r#"
[deploy]
required_env = ["API_TOKEN"]
[[prepare]]
name  = "prepared for {CANARY}"
check = "echo {CANARY} >&2; test -f prepared"
fix   = ["sh", "-c", "touch prepared; echo {CANARY}"]
[[service]]
name = "backend"
command = ["python3", "server.py", "--status", "{status}", "--say", "{CANARY}", "--say-env", "API_TOKEN", "--body", "{{\"ready\":true,\"key\":\"{CANARY}\"}}"]
port = PORT0
ready_timeout = "1s"
env = {{ "TOKEN" = "{CANARY}" }}
[[service.ready]]
http = "/health?key={CANARY}&again=${{API_TOKEN}}"
json = {{ "ready" = true, "key" = "{CANARY}" }}
[service.recover]
http = "/recover?{CANARY}"
auth_env = "API_TOKEN"
stats = "/stats?{CANARY}"
timeout = "300ms"
[[external]]
kind = "http"
name = "api {CANARY}"
url = "{api}/${{API_TOKEN}}"
status = 200
required = false
[[smoke]]
name = "site {CANARY}"
service = "backend"
http = "/?{CANARY}"
contains = ["absent {CANARY}"]
"#
    )
}

#[test]
fn a_secret_in_every_place_is_shown_and_kept_nowhere() {
    let mut site = Site::new();
    let api = web::Site::by(|text, _| web::json(500, text.lines().next().unwrap_or_default()));
    site.shop.set("API_TOKEN", CANARY);
    site.toml(&toml(200, &api.url("")));
    // The run itself looks whether the value of a variable that ends in `_TOKEN` is in any stream.
    let first = site.deploy().ended("partial", "external/inconclusive");
    assert!(first.result["health"].to_string().contains("[redacted]"), "{}", first.told());
    site.toml(&toml(500, &api.url("")));
    let failed = site.deploy().ended("failed", "service/not-ready");
    assert!(failed.reason().contains("/health?key=[redacted]"), "{}", failed.told());
    for command in [
        vec!["deploy", "--env", "dev"],
        vec!["deploy", "--env", "dev", "--plan"],
        vec!["status"],
        vec!["smoke"],
        vec!["report"],
        vec!["report", "--format", "json"],
        vec!["logs", "backend"],
        vec!["restart", "backend"],
        vec!["rollback"],
        vec!["incidents", "list", "--all"],
        vec!["config", "show"],
    ] {
        let output = site.shop.run(&command);
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{command:?}");
    }
    let listed = site.shop.guard(&["incidents", "list"]).ok();
    for incident in listed.json["details"]["incidents"].as_array().unwrap() {
        site.shop.guard(&["incidents", "show", incident["id"].as_str().unwrap()]).ok();
    }
    until("the log", || site.log("backend").contains("[redacted]").then_some(()));
    assert!(nowhere(&site) > 10, "journal, spool, log and three forms of every report were read");
    // What waits in the spool is read by nobody else's eyes either.
    site.shop.set("DEV_DATABASE_URL", format!("postgres://u:{CANARY}@127.0.0.1:1/d"));
    site.deploy().ended("refused", "database/unreachable");
    nowhere(&site);
    site.shop.guard(&["stop"]).ok();
}
