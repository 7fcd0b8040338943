use std::process::Command;
use xshell::{cmd, Shell};

fn git() -> Command {
    let mut c = Command::new("git");
    c.arg("--no-pager");
    c
}

fn count(v: &[i32]) -> usize {
    v.iter().filter(|n| **n > 0).count()
}

fn main() -> anyhow::Result<()> {
    let v = vec![1, 2];
    println!("{} {:?} {n}", count(&v), v.first().unwrap(), n = v.len());
    tracing::info!(n = %count(&v), ?v, "counted");
    let mut g = git();
    g.arg("log").args(["-n", "1"]);
    let status = g.status()?;
    let sh = Shell::new()?;
    let name = "x";
    cmd!(sh, "cargo build --release --bin {name}").quiet().run()?;
    let rev = cmd!(sh, "git rev-parse HEAD").read()?;
    println!("{rev} {}", status.success());
    cmd!(sh, "rm -rf target/tmp").ignore_status().run()?;
    Ok(())
}
