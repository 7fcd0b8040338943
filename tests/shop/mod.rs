//! A small project with a contract, in a git repository of its own, on which guard is run with exactly
//! the variables that a test gives it.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part, and a broken project is a bug"
)]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::sandbox::{Sandbox, path_only};
use crate::servers::{Database, Kind, PASSWORD};

pub struct Shop {
    pub sandbox: Sandbox,
    pub variables: Vec<(String, String)>,
}

/// What a run said.
#[derive(Debug)]
pub struct Told {
    pub exit: i32,
    pub json: Value,
    pub stderr: String,
}

impl Told {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or("ok")
    }

    pub fn detail(&self, name: &str) -> &str {
        self.json["details"][name].as_str().unwrap_or_default()
    }

    /// It did what it was asked.
    pub fn ok(self) -> Self {
        assert_eq!((self.exit, self.json["outcome"].as_str()), (0, Some("ok")), "{self:?}");
        self
    }

    /// It refused with this code.
    pub fn refused(self, code: &str) -> Self {
        assert_eq!((self.code(), self.exit), (code, 1), "{self:?}");
        assert_eq!(self.json["outcome"], "refused", "{self:?}");
        assert!(!self.json["message"].as_str().unwrap().is_empty());
        // Whoever is refused is told what to do.
        assert!(self.json["next"].as_array().is_some_and(|next| !next.is_empty()), "{self:?}");
        self
    }
}

pub const CONTRACT: &str = "\
version = 1
project = \"shop\"

[environments]
known     = [\"dev\", \"staging\", \"prod\"]
protected = [\"staging\", \"prod\"]

[environments.dev]
database = \"DEV_DATABASE_URL\"

[environments.staging]
database = \"STAGING_DATABASE_URL\"

[environments.prod]
database = \"DATABASE_URL\"
";

impl Shop {
    pub fn new() -> Self {
        Self::with(CONTRACT)
    }

    pub fn with(contract: &str) -> Self {
        let shop = Self { sandbox: Sandbox::repository(), variables: Vec::new() };
        shop.contract(contract);
        shop
    }

    pub fn root(&self) -> PathBuf {
        self.sandbox.at("shop")
    }

    /// Writes the contract and commits everything.
    pub fn contract(&self, contract: &str) {
        self.sandbox.write("shop/contract/mutation.toml", contract);
        self.commit();
    }

    pub fn commit(&self) -> String {
        self.sandbox.write("shop/.gitignore", ".guard/\n");
        self.sandbox.git("shop", &["add", "-A"]);
        self.sandbox.git("shop", &["commit", "-q", "--allow-empty", "-m", "change"]);
        self.sandbox.head("shop")
    }

    /// The usual contract with more lines for an environment.
    pub fn policy(&self, environment: &str, lines: &str) {
        let (before, after) = CONTRACT.split_once(&format!("[environments.{environment}]\n")).unwrap();
        let (database, rest) = after.split_once('\n').unwrap();
        self.contract(&format!("{before}[environments.{environment}]\n{database}\n{lines}\n{rest}"));
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) -> &mut Self {
        self.unset(name);
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub fn unset(&mut self, name: &str) -> &mut Self {
        self.variables.retain(|(known, _)| known != name);
        self
    }

    pub fn ci(&mut self) -> &mut Self {
        self.set("CI", "true")
    }

    /// Runs guard; no planted secret is in any stream.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().unwrap();
        let said = [output.stdout.clone(), output.stderr.clone()].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        for (name, value) in &self.variables {
            let secret = name.ends_with("_KEY") || name.ends_with("_TOKEN");
            assert!(!secret || !said.contains(value.as_str()), "{name} is in {said}");
        }
        assert!(!said.contains(PASSWORD), "the password is in {said}");
        output
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guard"));
        command.args(arguments).env_clear().envs(path_only().iter()).current_dir(self.root());
        command.env("HOME", self.sandbox.at("")).env("GUARD_CONNECT_BACKOFF", "1ms");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs guard and reads its one object.
    pub fn guard(&self, arguments: &[&str]) -> Told {
        let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
        let output = self.run(&arguments);
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let json =
            serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}\n{stderr}"));
        Told { exit: output.status.code().unwrap(), json, stderr }
    }

    pub fn forget_receipts(&self) {
        drop(std::fs::remove_dir_all(self.root().join(".guard")));
    }
}

/// A workflow that runs the check, without which the check has a finding.
const WORKFLOW: &str = "\
name: guard
on:
  pull_request:
  push:
    branches: [main]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - run: guard check
";

impl Shop {
    /// A project in whose CI the check runs.
    pub fn checked() -> Self {
        let shop = Self::new();
        shop.sandbox.write("shop/.github/workflows/guard.yml", WORKFLOW);
        shop
    }

    /// A project with a folder of migrations, frozen and clean.
    pub fn migrating() -> Self {
        let shop = Self::checked();
        shop.sandbox.write("shop/migrations/.keep", "");
        shop.contract(&format!("{CONTRACT}\n[migrations]\npath = \"migrations\"\ntool = \"sqlx\"\n"));
        shop.freeze();
        shop
    }

    /// A project and a database that is marked as its prod; none where the engine is not installed.
    pub fn ready(kind: Kind) -> Option<(Self, Database)> {
        let database = Database::new(kind)?;
        let mut shop = Self::migrating();
        shop.everywhere(&database.url).ci();
        shop.guard(&["fingerprint", "init", "prod"]).ok();
        Some((shop, database))
    }

    pub fn freeze(&self) {
        let output = self.run(&["contract", "freeze"]);
        let said = [output.stdout.clone(), output.stderr.clone()].concat();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
        self.commit();
    }

    /// Adds a migration and commits it.
    pub fn migration(&self, name: &str, sql: &str) {
        self.sandbox.write(&format!("shop/migrations/{name}"), sql);
        self.commit();
    }

    pub fn everywhere(&mut self, url: &str) -> &mut Self {
        self.set("DEV_DATABASE_URL", url).set("STAGING_DATABASE_URL", url).set("DATABASE_URL", url)
    }
}

/// Waits for a thing, for as long as a machine under load may need.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "it never came: {what}");
        std::thread::sleep(Duration::from_millis(30));
    }
}
