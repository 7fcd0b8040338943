//! guard guards itself: the lock of this repository is current, and nothing is found in it.

#![allow(clippy::expect_used, reason = "a test may stop where it stands")]

mod sandbox;

use std::path::Path;
use std::process::Command;

use sandbox::Sandbox;

/// A copy of what git lists here, in a repository of its own.
fn copy() -> Sandbox {
    let sandbox = Sandbox::repository();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .expect("git starts");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let mut count = 0;
    for path in String::from_utf8(listed.stdout).expect("names are text").split_terminator('\0') {
        // A file that was just removed is still in the index.
        if let Ok(content) = std::fs::read(root.join(path)) {
            sandbox.write(&format!("shop/{path}"), content);
            count += 1;
        }
    }
    assert!(count > 100, "only {count} files are listed");
    sandbox.git("shop", &["add", "-A", "-f"]);
    sandbox.git("shop", &["commit", "-q", "-m", "copy"]);
    sandbox
}

#[test]
fn nothing_is_found_in_this_repository() {
    let sandbox = copy();
    let done = sandbox.guard(&["check"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn the_lock_of_this_repository_is_current() {
    let sandbox = copy();
    let lock = sandbox.at("shop/contract/mutation.lock");
    let before = std::fs::read_to_string(&lock).expect("the lock is committed");
    let done = sandbox.guard(&["contract", "freeze"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(before, std::fs::read_to_string(&lock).expect("a lock"));
}
