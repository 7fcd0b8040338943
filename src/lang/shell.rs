//! POSIX shell and bash to flow.
//!
//! Read by a recursive descent of its own: where a newline or an operator is read wrongly (a plain
//! assignment that becomes the environment of the next line's command), a guard is believed that
//! is not there. The parser lowers while it reads; spans come from the offset map.

mod arithmetic;
mod builtin;
mod command;
mod compound;
mod condition;
mod cursor;
mod expansion;
mod function;
mod heredoc;
mod list;
#[cfg(test)]
pub(crate) mod print;
#[cfg(test)]
mod tests;
mod word;

use super::Input;
use crate::words::flow::{Block, Dialect, Expr, ExprKind, Node, NodeKind, Run, Stdin, Unit};
use crate::words::span::{OffsetMap, Span};
use cursor::{Parser, Sink};

/// A whole file. Options of its `#!` line come first.
#[must_use]
pub fn lower(input: Input<'_>) -> Unit {
    let mut unit = parse(input);
    let line = input.text.lines().next().unwrap_or("");
    if let Some((errexit, pipefail)) = shebang_options(line) {
        let span = input.map.span(0..line.len());
        unit.body.insert(0, Node { kind: NodeKind::Options { errexit, pipefail }, span });
    }
    unit
}

/// A snippet (a workflow's `run:`, a package script, a recipe line) that is started with these options.
#[must_use]
pub fn lower_text(input: Input<'_>, errexit: bool, pipefail: bool) -> Unit {
    let mut unit = parse(input);
    unit.shape.clear();
    let span = input.map.span(0..0);
    let kind = NodeKind::Options { errexit: Some(errexit), pipefail: Some(pipefail) };
    unit.body.insert(0, Node { kind, span });
    unit
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

/// Texts that are each run by a shell of their own (the lines of a recipe), as blocks that share one
/// unit's functions and problems.
pub(crate) fn lower_lines(lines: &[(String, OffsetMap)]) -> (Vec<Block>, Unit) {
    let mut sink = Sink::default();
    let mut blocks = Vec::new();
    for (text, map) in lines {
        let (text, map) = without_carriage_returns(text, map);
        let mut parser = Parser::new(&text, &map, sink);
        blocks.push(parser.program());
        sink = parser.into_sink();
        sink.depth = 0;
        sink.captures = 0;
    }
    let mut unit = Unit::empty(Dialect::Shell);
    unit.functions = sink.functions;
    unit.problems = sink.problems;
    (blocks, unit)
}

fn parse(input: Input<'_>) -> Unit {
    let (text, map) = without_carriage_returns(input.text, input.map);
    let mut parser = Parser::new(&text, &map, Sink::default());
    if text.starts_with("#!") {
        parser.shape_line();
    }
    let body = parser.program();
    let sink = parser.into_sink();
    Unit {
        dialect: Dialect::Shell,
        body,
        functions: sink.functions,
        classes: Vec::new(),
        problems: sink.problems,
        shape: sink.shape,
        types: Vec::new(),
    }
}

/// Windows line ends would become part of words. A shell on Linux would choke on them, but where
/// git or an editor converts the file, it runs; so the text is read as it is meant.
fn without_carriage_returns(text: &str, map: &OffsetMap) -> (String, OffsetMap) {
    if !text.contains("\r\n") {
        return (text.to_owned(), map.clone());
    }
    let mut out = String::with_capacity(text.len());
    let mut inner = OffsetMap::builder();
    let mut host = 0;
    for piece in text.split_inclusive("\r\n") {
        inner.push(out.len(), host);
        if let Some(line) = piece.strip_suffix("\r\n") {
            out.push_str(line);
            inner.push(out.len(), host + line.len() + 1);
            out.push('\n');
        } else {
            out.push_str(piece);
        }
        host += piece.len();
    }
    let map = map.compose(&inner);
    (out, map)
}

/// `#!/bin/bash -e`, `#!/usr/bin/env -S bash -eu -o pipefail`: errexit and pipefail as they say.
fn shebang_options(line: &str) -> Option<(Option<bool>, Option<bool>)> {
    let rest = line.strip_prefix("#!")?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let shell = words.iter().position(|word| {
        let name = word.rsplit('/').next().unwrap_or(word);
        matches!(name, "sh" | "bash" | "dash" | "ksh" | "zsh" | "ash")
    })?;
    let found = builtin::read_options(words.iter().skip(shell + 1).copied());
    (found != (None, None)).then_some(found)
}
