//! How a program of a language is started by its path.

use crate::lang::Kind;

/// The words that start it, with the first program that is `there`; none where none is.
#[must_use]
pub fn command(kind: Kind, path: &str, text: &str, there: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    let first = |programs: &[&str]| programs.iter().find(|program| there(program)).map(|p| (*p).to_owned());
    let with = |program: String, more: &[&str]| {
        let mut words = vec![program];
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words.push(path.to_owned());
        words
    };
    match kind {
        Kind::JavaScript => {
            let typed = [".ts", ".tsx", ".mts", ".cts"].iter().any(|ending| path.ends_with(ending));
            let programs: &[&str] = if typed {
                &["node_modules/.bin/tsx", "tsx", "bun", "node_modules/.bin/ts-node", "ts-node"]
            } else {
                &["node"]
            };
            Some(with(first(programs)?, &[]))
        }
        Kind::Python => Some(with(first(&[".venv/bin/python", "python3", "python"])?, &[])),
        Kind::PowerShell => Some(with(first(&["pwsh"])?, &["-NoProfile", "-File"])),
        Kind::Shell => {
            let line = text.strip_prefix("#!").and_then(|rest| rest.lines().next()).unwrap_or_default();
            let named = line.rsplit(['/', ' ']).next().unwrap_or_default();
            let own = ["sh", "bash", "dash", "ksh", "zsh"].into_iter().find(|shell| *shell == named);
            Some(with(first(&[own.unwrap_or("bash"), "bash"])?, &[]))
        }
        _ => None,
    }
}
