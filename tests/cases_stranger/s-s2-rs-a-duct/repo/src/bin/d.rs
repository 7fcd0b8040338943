use duct::cmd;

fn main() -> anyhow::Result<()> {
    cmd!("psql", "-c", "DELETE FROM readings").run()?;
    cmd("psql", &["-c", "TRUNCATE readings"]).run()?;
    Ok(())
}
