use std::process::Command;
use xshell::{cmd, Shell};

struct Tool;

impl Tool {
    fn psql(&self) -> Command {
        Command::new("psql")
    }
}

fn main() -> anyhow::Result<()> {
    let mut c = Command::new("psql");
    c.arg("-c").arg("DELETE FROM readings");
    c.status()?;
    let tool = Tool;
    tool.psql().args(["-c", "TRUNCATE readings"]).output()?;
    let sh = Shell::new()?;
    let sql = "UPDATE readings SET value = 0";
    cmd!(sh, "psql -c {sql}").run()?;
    Ok(())
}
