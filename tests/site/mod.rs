//! A project that can be rolled out: real services on free ports, which are gone when the test is.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part, and a broken project is a bug"
)]

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use guard::io::clock::{self, Look};
use serde_json::Value;

use crate::servers::{Database, Kind};
use crate::shop::Shop;

const SERVER: &str = include_str!("server.py");

pub struct Site {
    pub shop: Shop,
    pub database: Database,
    pub ports: Vec<u16>,
}

/// What a rollout said.
#[derive(Debug)]
pub struct Rolled {
    pub exit: i32,
    pub events: Vec<Value>,
    /// The last object.
    pub result: Value,
    pub stderr: String,
    pub took: Duration,
}

impl Rolled {
    pub fn code(&self) -> &str {
        self.result["code"].as_str().unwrap_or("ok")
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!((self.exit, self.result["outcome"].as_str()), (0, Some("ok")), "{}", self.told());
        assert_eq!(self.result["state"], "SUCCESS");
        self
    }

    #[track_caller]
    pub fn ended(self, outcome: &str, code: &str) -> Self {
        let found = (self.result["outcome"].as_str().unwrap_or_default(), self.code());
        assert_eq!(found, (outcome, code), "{}", self.told());
        assert_eq!(self.exit, if outcome == "partial" { 2 } else { 1 }, "{}", self.told());
        self
    }

    pub fn told(&self) -> String {
        format!("{}\n{}", serde_json::to_string_pretty(&self.result).unwrap(), self.stderr)
    }

    pub fn hop(&self) -> &str {
        self.result["first_broken_hop"]["hop"].as_str().unwrap_or_default()
    }

    pub fn reason(&self) -> &str {
        self.result["first_broken_hop"]["reason"].as_str().unwrap_or_default()
    }

    /// Every state with its result.
    pub fn states(&self) -> Vec<String> {
        let states = self.result["states"].as_array().cloned().unwrap_or_default();
        let word = |value: &Value, name: &str| value[name].as_str().unwrap_or_default().to_owned();
        states.iter().map(|state| format!("{} {}", word(state, "state"), word(state, "result"))).collect()
    }

    pub fn state(&self, name: &str) -> Value {
        let states = self.result["states"].as_array().cloned().unwrap_or_default();
        states.into_iter().find(|state| state["state"] == name).unwrap_or(Value::Null)
    }

    pub fn service(&self, name: &str) -> Value {
        let services = self.result["services"].as_array().cloned().unwrap_or_default();
        services.into_iter().find(|service| service["name"] == name).unwrap_or(Value::Null)
    }

    pub fn pid(&self, name: &str) -> u32 {
        u32::try_from(self.service(name)["pid"].as_u64().unwrap_or_default()).unwrap()
    }
}

pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Looks until it holds, for at most a minute.
#[track_caller]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let look = || look().map_or_else(|| Look::<T, ()>::Not(String::new()), Look::Holds);
    let found = clock::poll(Instant::now() + Duration::from_mins(1), Duration::from_millis(5), look, |_| {});
    found.unwrap_or_else(|_| panic!("{what} did not come"))
}

impl Site {
    pub fn new() -> Self {
        Self::on(Kind::Sqlite).unwrap()
    }

    /// A project whose dev database is marked.
    pub fn on(kind: Kind) -> Option<Self> {
        let database = Database::new(kind)?;
        let mut shop = Shop::migrating();
        shop.set("DEV_DATABASE_URL", &database.url);
        shop.guard(&["fingerprint", "init", "dev"]).ok();
        shop.sandbox.write("shop/server.py", SERVER);
        Some(Self { shop, database, ports: vec![free_port(), free_port()] })
    }

    /// Writes `guard.toml`, with `PORT0` and `PORT1` as free ports, and commits it.
    pub fn toml(&self, text: &str) -> &Self {
        let text =
            self.ports.iter().enumerate().fold(text.to_owned(), |text, (at, port)| {
                text.replace(&format!("PORT{at}"), &port.to_string())
            });
        self.shop.sandbox.write("shop/guard.toml", text);
        self.shop.commit();
        self.shop.freeze();
        self
    }

    /// One service called backend, with these arguments of the server and these lines.
    pub fn backend(&self, arguments: &str, lines: &str) -> &Self {
        self.toml(&backend(arguments, lines))
    }

    /// Changes a file, so that the next rollout is another release.
    pub fn release(&self, name: &str) -> String {
        self.shop.sandbox.write("shop/release.txt", name);
        self.shop.commit()
    }

    pub fn root(&self) -> PathBuf {
        self.shop.root()
    }

    pub fn deploy(&self) -> Rolled {
        self.deploy_with(&[])
    }

    pub fn deploy_with(&self, more: &[&str]) -> Rolled {
        self.deploy_to("dev", more)
    }

    pub fn deploy_to(&self, environment: &str, more: &[&str]) -> Rolled {
        let begun = Instant::now();
        let arguments: Vec<&str> =
            ["deploy", "--env", environment, "--format", "json"].iter().chain(more).copied().collect();
        let output = self.shop.run(&arguments);
        rolled(&output, begun.elapsed())
    }

    /// Starts a rollout that goes on beside the test.
    pub fn begin(&self, more: &[&str]) -> Child {
        let arguments: Vec<&str> =
            ["deploy", "--env", "dev", "--format", "json"].iter().chain(more).copied().collect();
        let mut command = self.shop.command(&arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub fn journal(&self) -> String {
        std::fs::read_to_string(self.root().join(".guard/state/dev.journal")).unwrap_or_default()
    }

    pub fn record(&self, name: &str) -> Option<Value> {
        let path = self.root().join(format!(".guard/state/dev/{name}.json"));
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.root().join(format!(".guard/logs/{name}.log"))).unwrap_or_default()
    }

    /// Every process that carries the mark of a run of this project's services.
    pub fn processes(&self) -> Vec<u32> {
        let root = self.root();
        guard::io::process::all()
            .into_iter()
            .filter(|seen| !seen.is_gone())
            .filter(|seen| {
                let cwd = std::fs::read_link(format!("/proc/{}/cwd", seen.pid));
                cwd.is_ok_and(|cwd| cwd.starts_with(&root))
            })
            .map(|seen| seen.pid)
            .collect()
    }
}

impl Site {
    /// Starts one, and kills it without a word once the journal shows it in a state.
    pub fn kill_in(&self, state: &str) {
        let before = self.journal().lines().next().unwrap_or("none").to_owned();
        let mut deploy = self.begin(&[]);
        let entered = format!("\"event\":\"enter\",\"state\":\"{state}\"");
        until(state, || {
            let journal = self.journal();
            assert!(deploy.try_wait().unwrap().is_none(), "it ended before {state}:\n{journal}");
            (!journal.starts_with(&before) && journal.contains(&entered)).then_some(())
        });
        self.kill(&mut deploy, state);
    }

    /// Kills it, and the status says where it was.
    pub fn kill(&self, deploy: &mut Child, state: &str) {
        assert!(guard::io::process::signal_one(deploy.id(), "KILL"));
        deploy.wait().unwrap();
        let status = self.shop.guard(&["status", "--env", "dev"]);
        let told = status.json["last_deploy"]["interrupted"].as_str().unwrap_or_default().to_owned();
        assert!(told.contains(state), "{}\n{}", status.json, self.journal());
    }

    /// The next one says where it stopped, and ends well with one process of each service.
    #[track_caller]
    pub fn finishes(&self, state: &str, services: usize) -> Rolled {
        let next = self.deploy().ok();
        let told = next.state("PRECHECK")["evidence"]["interrupted"].as_str().unwrap_or_default().to_owned();
        assert!(told.contains(state), "{}", next.told());
        let status = self.shop.guard(&["status"]);
        assert!(status.json["last_deploy"]["interrupted"].is_null(), "{status:?}");
        // A shim and a server each.
        assert_eq!(self.processes().len(), services * 2, "{}", next.told());
        next
    }

    pub fn touch(&self, name: &str) {
        std::fs::write(self.root().join(name), "").unwrap();
    }
}

pub fn rolled(output: &std::process::Output, took: Duration) -> Rolled {
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut events: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    let result = events.pop().unwrap_or(Value::Null);
    Rolled { exit: output.status.code().unwrap_or(-1), events, result, stderr, took }
}

/// The text of a backend.
pub fn backend(arguments: &str, lines: &str) -> String {
    let words: Vec<String> =
        arguments.split_whitespace().map(|word| format!(", \"{}\"", word.replace('"', "\\\""))).collect();
    format!(
        "[[service]]\nname = \"backend\"\ncommand = [\"python3\", \"server.py\"{}]\nport = PORT0\n{lines}\n",
        words.concat()
    )
}

/// The probe that most tests ask.
pub const READY: &str =
    "ready_timeout = \"20s\"\n[[service.ready]]\nhttp = \"/health\"\njson = { ready = true }\n";

impl Drop for Site {
    /// Whatever a broken rollout left behind is gone before the folder is.
    fn drop(&mut self) {
        for _ in 0..50 {
            let left = self.processes();
            if left.is_empty() {
                break;
            }
            for pid in left {
                let _ = guard::io::process::signal_one(pid, "KILL");
            }
        }
    }
}
