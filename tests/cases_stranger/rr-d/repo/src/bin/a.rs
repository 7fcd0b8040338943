use std::process::{Command, Stdio};
use std::io::Write;
fn main() {
    let mut p = Command::new("tar").args(["-xf", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    p.stdin.as_mut().unwrap().write_all(b"x").unwrap();
    p.wait().unwrap();
}
