//! For tests of front ends: the texts that a lowered program holds, however it is nested.

use regex::Regex;

use crate::words::flow::Unit;
use crate::words::span::Span;

/// Every text with its place, in the order of the tree.
pub(crate) fn texts(unit: &Unit) -> Vec<(String, Span)> {
    let pattern =
        Regex::new(r#"Text\("((?:[^"\\]|\\.)*)"\), span: Span \{ start: (\d+), end: (\d+) \}"#).unwrap();
    pattern
        .captures_iter(&format!("{:?}", unit.body))
        .map(|c| (c[1].replace("\\\"", "\""), Span::new(c[2].parse().unwrap(), c[3].parse().unwrap())))
        .collect()
}

/// The same without the places, joined by spaces.
pub(crate) fn said(unit: &Unit) -> String {
    texts(unit).into_iter().map(|(text, _)| text).collect::<Vec<_>>().join(" ")
}

/// What stands in the file where the program has this text.
pub(crate) fn written<'t>(unit: &Unit, host: &'t str, text: &str) -> &'t str {
    texts(unit).iter().find(|(have, _)| have == text).map_or("", |(_, span)| &host[span.range()])
}
