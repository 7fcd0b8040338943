//! What every front end owes, whatever the text: it ends, and its spans lie inside.

use guard::lang::{self, Input, Kind};
use guard::words::span::{OffsetMap, Span};

pub fn inside(span: Span, text: &str) {
    assert!(span.start <= span.end && span.end as usize <= text.len(), "{span:?} of {}", text.len());
}

pub fn front_end(kind: Kind, path: &str, data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lowered = lang::lower(kind, Input { path, text: &text, map: &OffsetMap::identity() });
    lowered.problems.iter().for_each(|problem| inside(problem.span, &text));
    lowered.entries.iter().for_each(|entry| inside(entry.span, &text));
    for unit in lowered.unit.iter().chain(lowered.entries.iter().map(|entry| &entry.unit)) {
        unit.problems.iter().for_each(|problem| inside(problem.span, &text));
        unit.body.iter().for_each(|node| inside(node.span, &text));
        unit.functions.iter().for_each(|function| inside(function.span, &text));
    }
}
