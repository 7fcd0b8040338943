//! What is no incident once and is one when it happens three times within an hour. The times are kept in a
//! file, so that they outlive a run.

use std::fs;
use std::path::Path;

use crate::io::output::replace;
use crate::words::digest::sha256_hex;

/// An hour, in milliseconds.
const WINDOW: i64 = 60 * 60 * 1000;
const TIMES: usize = 3;

/// Notes that it happened at `now` (milliseconds since 1970); true when it happened often.
pub fn happened(folder: &Path, what: &str, now: i64) -> std::io::Result<bool> {
    let name: String = sha256_hex(what.as_bytes()).chars().take(16).collect();
    let path = folder.join(format!("{name}.often"));
    let mut times: Vec<i64> = fs::read_to_string(&path)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.parse().ok())
        // What a clock that was set back calls the future is over, too.
        .filter(|at| (0..WINDOW).contains(&(now - at)))
        .collect();
    times.push(now);
    let lines: Vec<String> = times.iter().map(ToString::to_string).collect();
    replace(&path, &lines.join("\n"))?;
    Ok(times.len() >= TIMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_time_within_an_hour_is_often_and_older_ones_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let minute = 60_000;
        let seen: Vec<bool> = [0, 20, 61, 70, 79, 200]
            .iter()
            .map(|at| happened(folder.path(), "tunnel shop", at * minute).unwrap())
            .collect();
        assert_eq!(seen, [false, false, false, true, true, false]);
        assert!(!happened(folder.path(), "another", 79 * minute).unwrap());
    }
}
