//! Stub.
use super::Input;
use crate::words::flow::{Dialect, Unit};
use crate::words::span::Span;
#[must_use]
pub fn lower(_input: Input<'_>) -> Unit {
    Unit::empty(Dialect::Shell)
}
#[must_use]
pub fn lower_text(input: Input<'_>, errexit: bool, pipefail: bool) -> Unit {
    let mut unit = Unit::empty(Dialect::Shell);
    // The stub keeps the text and its place, so that what is handed over can be tested.
    let span = input.map.span(0..input.text.len());
    unit.body.push(crate::words::flow::Node {
        kind: crate::words::flow::NodeKind::Options { errexit: Some(errexit), pipefail: Some(pipefail) },
        span,
    });
    unit.shape = input.text.as_bytes().to_vec();
    unit
}
#[must_use]
pub fn run_of_words(words: Vec<(String, Span)>, _span: Span) -> Unit {
    let mut unit = Unit::empty(Dialect::Shell);
    unit.shape = words.into_iter().map(|(word, _)| word).collect::<Vec<_>>().join("\u{1}").into_bytes();
    unit
}
