//! Crontabs: times, the user where a system's table names one, and the command.

use super::start::{Start, assignment, lines};
use crate::lang::{Input, Lowered};
use crate::words::entry::EntryKind;
use crate::words::span::OffsetMap;

/// Users that a system's table often names.
const USERS: [&str; 16] = [
    "root", "www-data", "postgres", "mysql", "ubuntu", "debian", "ec2-user", "deploy", "deployer", "app",
    "nobody", "node", "rails", "django", "admin", "cron",
];

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let mut start = Start::new(input, EntryKind::Cron);
    // Where the repository lies on the machine is not said; its root is what most lines go to.
    start.directory = Some(".".to_owned());
    let system = input.path.contains("cron.d/") || input.path.ends_with("etc/crontab");
    for (at, line) in lines(input.text) {
        let trimmed = line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let Some(fields) = times(trimmed) else {
            let map = input.map.compose(&OffsetMap::shifted(at));
            start.env.extend(assignment(line, &map));
            continue;
        };
        let mut from = line.len() - trimmed.len() + fields;
        let rest = line.get(from..).unwrap_or("");
        let word = rest.split_whitespace().next().unwrap_or("");
        let behind = rest.get(word.len()..).unwrap_or("");
        if (system || USERS.contains(&word)) && !behind.trim().is_empty() {
            from += word.len() + (behind.len() - behind.trim_start().len());
        }
        let command = line.get(from..).unwrap_or("");
        let (text, map) = unescaped(command);
        let map = input.map.compose(&OffsetMap::shifted(at + from).compose(&map));
        if !text.trim().is_empty() {
            let schedule = trimmed.get(..fields).unwrap_or("").trim();
            out.entries.push(start.shell(format!("cron {schedule}"), &text, &map, false));
        }
    }
    out
}

/// The length of what says when: five fields, or `@daily`.
fn times(line: &str) -> Option<usize> {
    let after = |count: usize| {
        let mut at = 0;
        for _ in 0..count {
            let rest = line.get(at..)?;
            let field = rest.find(char::is_whitespace)?;
            let gap = rest.get(field..)?.find(|c: char| !c.is_whitespace())?;
            at += field + gap;
        }
        Some(at)
    };
    if line.starts_with('@') {
        let word = line.split_whitespace().next()?;
        let known = [
            "@reboot",
            "@yearly",
            "@annually",
            "@monthly",
            "@weekly",
            "@daily",
            "@midnight",
            "@hourly",
            "@every",
        ];
        return if word == "@every" { after(2) } else { known.contains(&word).then(|| after(1)).flatten() };
    }
    let field = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_digit() || c == '*')
            || word.len() >= 3
                && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ',' | '/'))
    };
    let words: Vec<&str> = line.split_whitespace().take(5).collect();
    let numeric = words.iter().take(3).all(|w| w.starts_with(|c: char| c.is_ascii_digit() || c == '*'));
    (words.len() == 5 && numeric && words.iter().all(|word| field(word))).then(|| after(5)).flatten()
}

/// `\%` is a percent sign; from a bare one on, the rest is standard input.
fn unescaped(text: &str) -> (String, OffsetMap) {
    let mut out = String::new();
    let mut map = OffsetMap::builder();
    map.push(0, 0);
    let mut chars = text.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(|(_, next)| *next == '%') => {
                if let Some((at, percent)) = chars.next() {
                    map.push(out.len(), at);
                    out.push(percent);
                }
            }
            '%' => break,
            c => out.push(c),
        }
    }
    (out, map)
}
