use std::env;
use std::process::{exit, Command};

fn cargo(args: &[&str]) {
    let status = Command::new(env!("CARGO")).args(args).env("CI", "true").status();
    if !status.is_ok_and(|s| s.success()) {
        exit(1);
    }
}

fn main() {
    match env::args().nth(1).as_deref() {
        Some("ci") => {
            cargo(&["fmt", "--check"]);
            cargo(&["clippy", "--", "-D", "warnings"]);
            cargo(&["test", "--workspace"]);
        }
        Some("prepare") => cargo(&["sqlx", "prepare", "--check"]),
        _ => exit(64),
    }
}
