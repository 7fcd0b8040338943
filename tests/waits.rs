//! No wait is blind: one function waits in the whole code base, and it looks at a condition.
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::path::Path;

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn nothing_sleeps_outside_the_clock() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 100);
    // Samples of other languages may name it; what is called here cannot.
    let words = ["thread::sleep", "sleep_ms", "park_timeout", "time::sleep", "sleep_until"];
    let mut guilty: Vec<String> = Vec::new();
    for path in &found {
        let text = std::fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if !path.ends_with("src/io/clock.rs") && words.iter().any(|word| code.contains(word)) {
            guilty.push(path.display().to_string());
        }
    }
    assert_eq!(guilty, Vec::<String>::new());
    let clock =
        std::fs::read_to_string(found.iter().find(|path| path.ends_with("io/clock.rs")).unwrap()).unwrap();
    assert_eq!(clock.matches("thread::sleep(").count(), 2, "the poll, and the pause between attempts");
}
