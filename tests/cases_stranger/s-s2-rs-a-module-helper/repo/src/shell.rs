use std::process::Command;

pub fn psql() -> Command {
    let mut cmd = Command::new("psql");
    cmd.arg("--no-psqlrc");
    cmd
}
