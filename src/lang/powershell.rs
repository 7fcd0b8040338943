//! PowerShell to flow: Windows PowerShell 5 and PowerShell 7.
//!
//! Read by a recursive descent of its own, which lowers while it reads: the grammar at hand does not
//! read `. $PSScriptRoot/lib/guard.ps1`, and that is how a script gets its guards. Names are told
//! apart whatever their case: variables are `$name`, functions `verb-noun`, types `[type]`, all in
//! small letters; variables of the environment stay as written.

#![allow(
    clippy::unused_self,
    clippy::similar_names,
    clippy::single_match_else,
    clippy::needless_pass_by_ref_mut,
    reason = "steps of the parser share one shape, whether or not each needs all of it"
)]

mod argument;
mod cmdlet;
mod command;
mod cursor;
mod expression;
mod function;
mod member;
mod names;
mod operand;
mod pipeline;
mod statement;
mod status;
mod switch;
#[cfg(test)]
mod tests;
mod text;

use super::Input;
use crate::words::flow::{Dialect, Expr, ExprKind, NodeKind, Unit};
use cursor::{Parser, node};

/// A whole file.
#[must_use]
pub fn lower(input: Input<'_>) -> Unit {
    parse(input, false)
}

/// A text that is run as a program: `-Command`, `Invoke-Expression`.
#[must_use]
pub fn lower_text(input: Input<'_>) -> Unit {
    let mut unit = parse(input, false);
    unit.shape.clear();
    unit
}

/// A step of a workflow. The runner puts `$ErrorActionPreference = 'stop'` before it and ends it
/// with the status of the last program.
#[must_use]
pub fn lower_step(input: Input<'_>) -> Unit {
    let mut unit = parse(input, true);
    unit.shape.clear();
    let span = input.map.span(0..0);
    unit.body.insert(0, node(NodeKind::Options { errexit: Some(true), pipefail: None }, span));
    unit
}

fn parse(input: Input<'_>, step: bool) -> Unit {
    let mut parser = Parser::new(input.text, input.map);
    parser.stops = step;
    let mut body = parser.program();
    if step {
        // Only so that the last program's status counts as looked at; it is taken away again.
        let span = input.map.span(0..0);
        body.push(node(NodeKind::Exit(Some(Expr::new(ExprKind::LastStatus, span))), span));
    }
    let shape = parser.shape();
    let sink = parser.sink;
    let mut functions = sink.functions;
    status::look(&mut body, &mut functions);
    if step {
        body.pop();
    }
    Unit {
        dialect: Dialect::PowerShell,
        body,
        functions,
        classes: sink.classes,
        problems: sink.problems,
        shape,
        types: Vec::new(),
    }
}
