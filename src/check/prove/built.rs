//! A script in Rust, built without a network where it can be: its package in the temporary copy, into a folder
//! beside it.

use std::time::Duration;

use crate::io::child::{Child, Output};
use crate::io::environment::Environment;
use crate::io::scratch::Scratch;
use crate::reach::crates::Target;

/// Seconds for a package with everything that it needs.
const LONGEST: u64 = 1_800;
const FOLDER: &str = "built";

/// The words that start the program; else why there is none.
pub(super) fn rust(
    target: &Target,
    prefix: &str,
    scratch: &Scratch,
    environment: &Environment,
) -> Result<Vec<String>, String> {
    let folder = if target.folder == "." { String::new() } else { format!("{}/", target.folder) };
    let into = scratch.beside(FOLDER);
    let into = into.to_string_lossy();
    let (kind, below) = if target.example { ("--example", "examples/") } else { ("--bin", "") };
    let manifest = format!("{prefix}{folder}Cargo.toml");
    let words = ["-rn", "cargo", "build", "--offline", "--locked", "--quiet", "--color", "never"];
    let more = ["--manifest-path", &manifest, "--target-dir", &into, kind, &target.name];
    // The output of the build is no part of the repository, and goes with the copy.
    let child = Child::new("unshare", variables(scratch, environment))
        .arguments(words)
        .arguments(more)
        .directory(&scratch.root())
        .at_most(64 << 20, Duration::from_secs(LONGEST));
    match child.run() {
        Ok(output) if output.succeeded() => Ok(vec![format!("{into}/debug/{below}{}", target.name)]),
        Ok(output) => Err(format!("cargo could not build it without a network: {}", reason(&output))),
        Err(error) => Err(format!("cargo could not build it: {error}")),
    }
}

/// What cargo finds: the toolchain and the crates that are on this machine, and nothing else of this process.
fn variables(scratch: &Scratch, environment: &Environment) -> Environment {
    let path = environment.get("PATH").unwrap_or_default().to_owned();
    let mut out = Environment::of([("PATH", path)]).with("HOME", scratch.home()).with("LANG", "C.UTF-8");
    for (name, usual) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let held = environment.path(name).or_else(|| Some(environment.path("HOME")?.join(usual)));
        if let Some(held) = held.filter(|folder| folder.is_dir()) {
            out = out.with(name, held);
        }
    }
    match environment.filled("RUSTUP_TOOLCHAIN") {
        Some(toolchain) => out.with("RUSTUP_TOOLCHAIN", toolchain),
        None => out,
    }
}

/// The first line that says what is wrong.
fn reason(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let first = text.lines().map(str::trim).find(|line| line.starts_with("error"));
    first.map_or_else(|| output.complaint(), str::to_owned)
}
