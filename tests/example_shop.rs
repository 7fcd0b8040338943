//! The example is what it says: rolled out to SUCCESS by one command, and changed by nothing the second time.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop where it stands")]

mod sandbox;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sandbox::Sandbox;
use serde_json::Value;

/// A copy of the example on ports of its own.
struct Copy {
    sandbox: Sandbox,
    public: u16,
}

/// Where git lists them, so that nothing that only lies there is copied.
fn listed() -> Vec<String> {
    let done = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard", "examples/shop"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let text = String::from_utf8(done.stdout).unwrap();
    text.split_terminator('\0').map(str::to_owned).collect()
}

fn free_ports() -> Vec<u16> {
    let held: Vec<_> = (0..4).map(|_| std::net::TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    held.iter().map(|listener| listener.local_addr().unwrap().port()).collect()
}

impl Copy {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let ports = free_ports();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for path in listed() {
            let target = sandbox.at(path.strip_prefix("examples/").unwrap());
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            std::fs::copy(root.join(&path), &target).unwrap();
            let Ok(mut text) = std::fs::read_to_string(&target) else { continue };
            for (from, to) in ["4310", "4311", "4380", "4381"].iter().zip(&ports) {
                text = text.replace(from, &to.to_string());
            }
            std::fs::write(&target, text).unwrap();
        }
        // Other ports are other gates: the copy is frozen as what it is.
        sandbox.git("shop", &["init", "-q", "-b", "main"]);
        let copy = Self { sandbox, public: ports[2] };
        let frozen = copy.guard("shop", &["contract", "freeze"]);
        assert!(frozen.status.success(), "{frozen:?}");
        std::fs::remove_dir_all(copy.sandbox.at("shop/.git")).unwrap();
        copy
    }

    fn home(&self) -> PathBuf {
        self.sandbox.at("home/shop")
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.sandbox.environment().iter());
        command
            .env("GUARD", env!("CARGO_BIN_EXE_guard"))
            .env("SHOP_HOME", self.home())
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    fn guard(&self, folder: &str, arguments: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_guard"));
        command.current_dir(self.sandbox.at(folder)).args(arguments).output().unwrap()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command("bash").arg(self.sandbox.at("shop/run")).args(arguments).output().unwrap()
    }

    fn reports(&self) -> Vec<Value> {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(self.home().join("logs"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "json"))
            .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("deploy-report-"))
            .filter(|path| !path.to_str().unwrap().ends_with(".release.json"))
            .collect();
        paths.sort();
        paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        drop(self.run(&["stop"]));
    }
}

fn pids(report: &Value) -> Vec<u64> {
    report["services"].as_array().unwrap().iter().map(|service| service["pid"].as_u64().unwrap()).collect()
}

#[test]
fn the_example_is_rolled_out_by_one_command_and_unchanged_by_the_second() {
    let copy = Copy::new();
    for _ in 0..2 {
        let done = copy.run(&[]);
        let told =
            format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "{told}");
        assert!(told.contains("all 4 smoke checks passed"), "{told}");
    }
    let reports = copy.reports();
    assert_eq!(reports.len(), 2);
    for report in &reports {
        assert_eq!((&report["outcome"], &report["state"]), (&"ok".into(), &"SUCCESS".into()), "{report}");
    }
    assert_eq!(pids(&reports[0]), pids(&reports[1]), "nothing was replaced");
    assert!(reports[0]["services"][0]["started"] == true && reports[1]["services"][0]["started"] == false);
    let url = format!("http://127.0.0.1:{}/ready", copy.public);
    let variables = guard::io::environment::Environment::default();
    let question = guard::io::http::ask::Question::get(url, std::time::Duration::from_secs(5));
    // The rule is for the name `localhost` alone.
    assert_eq!(guard::io::http::ask::ask(&question, &variables).unwrap().status, 404);
    let stopped = copy.run(&["stop"]);
    assert!(stopped.status.success());
    assert!(guard::io::http::ask::ask(&question, &variables).is_err(), "nothing is left");
}

#[test]
fn the_lock_of_the_example_is_current() {
    let sandbox = Sandbox::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for path in listed() {
        sandbox.write(path.strip_prefix("examples/").unwrap(), std::fs::read(root.join(&path)).unwrap());
    }
    sandbox.git("shop", &["init", "-q", "-b", "main"]);
    sandbox.git("shop", &["add", "-A"]);
    sandbox.git("shop", &["commit", "-q", "-m", "the shop"]);
    let done = Command::new(env!("CARGO_BIN_EXE_guard"))
        .arg("check")
        .current_dir(sandbox.at("shop"))
        .env_clear()
        .envs(sandbox.environment().iter())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}
