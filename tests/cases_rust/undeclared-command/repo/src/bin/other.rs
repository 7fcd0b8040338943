use std::process::Command;

fn main() {
    let status = Command::new("psql").arg("-c").arg("DELETE FROM readings").status().unwrap();
    if !status.success() {
        std::process::exit(1);
    }
}
