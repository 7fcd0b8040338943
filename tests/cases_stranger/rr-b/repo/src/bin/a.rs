use std::process::{Command, Stdio};
fn main() {
    let mut cmd = Command::new("sqlx");
    cmd.arg("migrate").arg("run").stderr(Stdio::piped());
    cmd.envs([("DATABASE_URL", "x")]);
    let child = cmd.spawn().unwrap();
    child.wait_with_output().unwrap();
}
