//! Real repositories in temporary folders, which no configuration of this machine reaches.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file uses its own part, and a broken sandbox is a bug"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use guard::io::environment::Environment;
use guard::io::git::Repository;

pub struct Sandbox {
    folder: tempfile::TempDir,
}

pub fn path_only() -> Environment {
    let process = Environment::of_process();
    Environment::of([("PATH", process.get("PATH").unwrap_or_default().to_owned())])
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// An empty repository in the folder `shop`.
    pub fn repository() -> Self {
        let sandbox = Self::new();
        std::fs::create_dir(sandbox.at("shop")).unwrap();
        sandbox.git("shop", &["init", "-q", "-b", "main"]);
        sandbox
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    pub fn environment(&self) -> Environment {
        path_only().with("HOME", self.at(""))
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn git(&self, folder: &str, arguments: &[&str]) -> String {
        self.run(folder, "git", arguments)
    }

    pub fn run(&self, folder: &str, program: &str, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment().iter()).current_dir(self.at(folder));
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        if program == "git" {
            let configured = [
                "-c",
                "user.name=Ann",
                "-c",
                "user.email=ann@example.com",
                "-c",
                "protocol.file.allow=always",
            ];
            command.args(configured);
        }
        let output = command.args(arguments).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Starts guard in the folder `shop`.
    pub fn guard(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_guard"))
            .args(arguments)
            .current_dir(self.at("shop"))
            .env_clear()
            .envs(self.environment().iter())
            .output()
            .unwrap()
    }

    /// What guard says where it ends well.
    pub fn said(&self, arguments: &[&str]) -> String {
        let done = self.guard(arguments);
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Writes a file of the repository and commits everything; the commit.
    pub fn commit(&self, folder: &str, path: &str, content: &str) -> String {
        self.write(&format!("{folder}/{path}"), content);
        self.git(folder, &["add", "-A"]);
        self.git(folder, &["commit", "-q", "-m", path]);
        self.head(folder)
    }

    pub fn head(&self, folder: &str) -> String {
        self.git(folder, &["rev-parse", "HEAD"])
    }

    pub fn find(&self, folder: &str) -> Repository {
        found(&self.at(folder), &self.environment())
    }
}

pub fn found(folder: &Path, environment: &Environment) -> Repository {
    Repository::find(folder, environment).unwrap().unwrap()
}
