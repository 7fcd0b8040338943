use std::io::Write;
use std::process::{Command, Stdio};
fn main() {
    let mut p = Command::new("psql").arg(std::env::var("DATABASE_URL").unwrap()).stdin(Stdio::piped()).spawn().unwrap();
    p.stdin.as_mut().unwrap().write_all(b"DELETE FROM readings;").unwrap();
    p.wait().unwrap();
}
