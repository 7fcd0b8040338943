//! Supervisor: the command of each program that it keeps running.

use super::start::{Start, lines};
use crate::lang::{Input, Lowered, shell, split};
use crate::words::entry::EntryKind;
use crate::words::span::{OffsetMap, Span};

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let mut start = Start::new(input, EntryKind::Platform);
    start.directory = Some(".".to_owned());
    let mut section = "";
    for (at, line) in lines(input.text) {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[') {
            section = name.split(']').next().unwrap_or("");
            continue;
        }
        let starts = section.starts_with("program:") || section.starts_with("eventlistener:");
        let Some((key, value)) = line.split_once('=').filter(|(key, _)| starts && key.trim() == "command")
        else {
            continue;
        };
        // A comment begins behind a space.
        let value = value.split(" ;").next().unwrap_or(value);
        let map = input.map.compose(&OffsetMap::shifted(at + key.len() + 1));
        let words: Vec<(String, Span)> = split::words(value, &map);
        let Some(span) = words.first().zip(words.last()).map(|(first, last)| first.1.to(last.1)) else {
            continue;
        };
        out.entries.push(start.entry(
            format!("supervisor {section}"),
            shell::run_of_words(words, span),
            span,
        ));
    }
    out
}
