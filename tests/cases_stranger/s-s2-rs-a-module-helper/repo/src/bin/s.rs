use metering::shell::psql;

fn main() -> anyhow::Result<()> {
    let status = psql().args(["-c", "DELETE FROM readings"]).status()?;
    std::process::exit(status.code().unwrap_or(1));
}
