//! POSIX shell and bash to flow.

use super::Input;
use crate::words::flow::{Dialect, Expr, ExprKind, Node, NodeKind, Run, Stdin, Unit};
use crate::words::span::Span;

/// A whole file. Options of its `#!` line come first.
#[must_use]
pub fn lower(_input: Input<'_>) -> Unit {
    Unit::empty(Dialect::Shell)
}

/// A snippet (a workflow's `run:`, a package script, a recipe line) that is started with these options.
#[must_use]
pub fn lower_text(_input: Input<'_>, _errexit: bool, _pipefail: bool) -> Unit {
    Unit::empty(Dialect::Shell)
}

/// A command that is started without a shell (exec form): its words are taken as they stand.
#[must_use]
pub fn run_of_words(words: Vec<(String, Span)>, span: Span) -> Unit {
    let words = words.into_iter().map(|(word, at)| Expr::text(word, at)).collect();
    let run = Run { words, env: Vec::new(), stdin: Stdin::Inherit };
    let mut unit = Unit::empty(Dialect::Shell);
    unit.body.push(Node { kind: NodeKind::Command(Expr::new(ExprKind::Run(run), span)), span });
    unit
}
