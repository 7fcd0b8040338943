//! Python, as modules, scripts or snippets, to flow.
//!
//! `ruff`'s parser gives a tree for every text, with what it could not read as errors beside it, so
//! that a typing mistake cannot hide a change of the database.

mod calls;
mod classes;
mod depth;
mod exceptions;
mod expressions;
mod functions;
mod modules;
mod patterns;
mod shape;
mod statements;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::BTreeSet;

use ruff_python_ast::{self as py, PySourceType};
use ruff_text_size::{Ranged, TextRange};

use super::gathered::Gathered;
use super::{Input, without_mark};
use crate::words::flow::{
    Block, Call, CallKind, Class, Dialect, Expr, ExprKind, Function, Node, NodeKind, Problem, Scope, Unit,
};
use crate::words::span::{OffsetMap, Span};

/// The stack for what nests deeper than usual, and how much more a level can need. Pages that are
/// not touched cost nothing.
const DEEP_STACK: usize = 8 << 20;
const STACK_A_LEVEL: usize = 40 << 10;

/// Lowers a program text. Never panics; what could not be read is in `problems`.
#[must_use]
pub fn lower(input: Input<'_>) -> Unit {
    without_mark(input, |input| on_enough_stack(input, false))
}

/// What a file says, without its comments and its formatting ([`Unit::shape`]).
#[must_use]
pub fn shape(input: Input<'_>) -> Vec<u8> {
    without_mark(input, |input| on_enough_stack(input, true)).shape
}

fn on_enough_stack(input: Input<'_>, shaped: bool) -> Unit {
    let refused = |what: &str| {
        let mut unit = Unit::empty(Dialect::Python);
        input.text.as_bytes().clone_into(&mut unit.shape);
        unit.problems.push(Problem { span: input.map.span(0..input.text.len()), what: what.to_owned() });
        unit
    };
    if u32::try_from(input.text.len()).is_err() {
        return refused("too large to be checked");
    }
    let nesting = depth::estimate(input.text);
    if nesting > depth::TOO_DEEP {
        return refused("nested too deeply to be checked");
    }
    let needed = DEEP_STACK + nesting * STACK_A_LEVEL;
    stacker::maybe_grow(needed, needed, || parse(input, shaped))
}

fn parse(input: Input<'_>, shaped: bool) -> Unit {
    let parsed = ruff_python_parser::parse_unchecked_source(input.text, PySourceType::Python);
    let mut lowering = Lowering::new(input);
    if let Some(error) = parsed.errors().first() {
        let span = lowering.span(error.location);
        lowering.gathered.problems.push(Problem { span, what: format!("syntax error: {}", error.error) });
    }
    let body = lowering.module(parsed.suite());
    Unit {
        dialect: Dialect::Python,
        body,
        functions: lowering.gathered.functions,
        classes: lowering.gathered.classes,
        problems: lowering.gathered.problems,
        shape: if shaped { shape::of(parsed.tokens(), input.text) } else { Vec::new() },
        types: Vec::new(),
    }
}

/// What stands around the statement at hand: a function, or the module.
#[derive(Debug, Default)]
struct Frame {
    /// What the method at hand calls its object.
    own: Option<String>,
    /// Names of its parameters, which hide an outer method's `self`.
    params: BTreeSet<String>,
    /// Names that `global` and `nonlocal` give to an outer scope.
    outer: BTreeSet<String>,
    /// A `yield` stands in it.
    yields: bool,
}

/// What is gathered while one unit is lowered.
struct Lowering<'m> {
    map: &'m OffsetMap,
    path: &'m str,
    gathered: Gathered,
    frames: Vec<Frame>,
    /// Dotted names that an `import a.b.c` bound.
    dotted: BTreeSet<String>,
    /// `TYPE_CHECKING` is the one of `typing` in this text, and nothing else.
    has_type_checking: bool,
    /// What a bare `raise` in the handler at hand raises: true for the end of the program.
    reraises_exit: Vec<bool>,
}

impl<'m> Lowering<'m> {
    fn new(input: Input<'m>) -> Self {
        Self {
            map: input.map,
            path: input.path,
            gathered: Gathered::default(),
            frames: vec![Frame::default()],
            dotted: BTreeSet::new(),
            has_type_checking: false,
            reraises_exit: Vec::new(),
        }
    }

    fn module(&mut self, body: &[py::Stmt]) -> Block {
        modules::dotted(body, &mut self.dotted, 0);
        self.has_type_checking = modules::has_type_checking(body);
        let mut out = Block::new();
        self.block_into(body, &mut out);
        self.management_command(body, &mut out);
        out
    }

    fn span(&self, range: TextRange) -> Span {
        self.map.span(range.start().to_usize()..range.end().to_usize())
    }

    fn span_of(&self, held: &impl Ranged) -> Span {
        self.span(held.range())
    }

    /// A name that no program can write.
    fn fresh(&mut self) -> String {
        self.gathered.fresh()
    }

    /// Goes one level down, or says once that the text goes too deep.
    fn deeper<T>(&mut self, span: Span, go: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if !self.gathered.enter(span) {
            return None;
        }
        let out = go(self);
        self.gathered.leave();
        Some(out)
    }

    fn frame(&mut self) -> Option<&mut Frame> {
        self.frames.last_mut()
    }

    fn add_function(&mut self, function: Function) -> ExprKind {
        ExprKind::Function(self.gathered.function(function))
    }

    fn add_class(&mut self, class: Class) -> ExprKind {
        ExprKind::Class(self.gathered.class(class))
    }
}

fn node(kind: NodeKind, span: Span) -> Node {
    Node { kind, span }
}

fn name(name: impl Into<String>, span: Span) -> Expr {
    Expr::new(ExprKind::Name(name.into()), span)
}

fn member(of: Expr, name: impl Into<String>, span: Span) -> Expr {
    Expr::new(ExprKind::Member { of, name: name.into() }, span)
}

fn opaque(parts: Vec<Expr>, span: Span) -> Expr {
    Expr::new(ExprKind::Opaque(parts), span)
}

/// A call of something that the platform's knowledge names.
fn platform(what: &str, args: Vec<Expr>, span: Span) -> Expr {
    plain_call(name(what, span), args, span)
}

fn plain_call(callee: Expr, args: Vec<Expr>, span: Span) -> Expr {
    let call = Call { callee, args, kind: CallKind::Plain, optional: false, type_args: Vec::new() };
    Expr::new(ExprKind::Call(call), span)
}

/// A variable of the function at hand.
fn local(name: impl Into<String>, value: Expr, span: Span) -> Node {
    let value = Some(value);
    node(NodeKind::Bind { name: name.into(), value, scope: Scope::Function, type_name: None }, span)
}

/// `a.b.c` as written, when it is nothing but names.
fn dotted_name(of: &py::Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = of;
    loop {
        match at {
            py::Expr::Attribute(e) if parts.len() < 16 => {
                parts.push(e.attr.id.as_str());
                at = &e.value;
            }
            py::Expr::Name(e) => {
                parts.push(e.id.as_str());
                parts.reverse();
                return Some(parts.join("."));
            }
            _ => return None,
        }
    }
}

/// The last name of what is called or named: `click.option("--x")` is `option`.
fn last_name(of: &py::Expr) -> Option<&str> {
    match of {
        py::Expr::Name(e) => Some(e.id.as_str()),
        py::Expr::Attribute(e) => Some(e.attr.id.as_str()),
        py::Expr::Call(e) => last_name(&e.func),
        _ => None,
    }
}
