use xshell::{cmd, Shell};

fn main() -> anyhow::Result<()> {
    let sh = Shell::new()?;
    cmd!(sh, "cargo fmt --check").run()?;
    cmd!(sh, "diesel migration run").run()?;
    Ok(())
}
