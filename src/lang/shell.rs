//! Stub.
use super::Input;
use crate::words::flow::{Dialect, Expr, ExprKind, Node, NodeKind, Run, Stdin, Unit};
use crate::words::span::Span;
#[must_use]
pub fn lower(_input: Input<'_>) -> Unit {
    Unit::empty(Dialect::Shell)
}
#[must_use]
pub fn lower_text(input: Input<'_>, _errexit: bool, _pipefail: bool) -> Unit {
    run_of_words(super::split::words(input.text, input.map), input.map.span(0..input.text.len()))
}
#[must_use]
pub fn run_of_words(words: Vec<(String, Span)>, span: Span) -> Unit {
    let mut unit = Unit::empty(Dialect::Shell);
    let words = words.into_iter().map(|(word, span)| Expr::text(word, span)).collect();
    let run = Expr::new(ExprKind::Run(Run { words, env: Vec::new(), stdin: Stdin::Inherit }), span);
    unit.body.push(Node { kind: NodeKind::Command(run), span });
    unit
}
