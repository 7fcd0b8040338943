//! JavaScript and TypeScript, as modules, scripts or snippets, to flow.
//!
//! `oxc` reads what is well formed. It gives nothing at all for a file with a syntax error, so
//! that such a file is read a second time by a grammar that recovers, and a typing mistake cannot
//! hide a change of the database.

mod classes;
mod depth;
mod elements;
mod expressions;
mod functions;
mod jumps;
mod modules;
mod patterns;
mod recovery;
mod shape;
mod statements;
mod switches;
#[cfg(test)]
mod tests;
mod texts;
mod types;

use oxc_allocator::Allocator;
use oxc_parser::{ParseOptions, Parser, ParserReturn};
use oxc_span::SourceType;

use super::gathered::Gathered;
use super::{Input, without_mark};
use crate::words::flow::{Class, Dialect, Expr, ExprKind, Function, Node, NodeKind, Problem, Unit};
use crate::words::span::{OffsetMap, Span};

/// The stack that is needed in any case, and how much more a level can need (twice what was measured
/// without optimisation). Pages that are not touched cost nothing.
const DEEP_STACK: usize = 8 << 20;
const STACK_A_LEVEL: usize = 40 << 10;

/// Lowers a program text. Never panics; what could not be read is in `problems`.
#[must_use]
pub fn lower(input: Input<'_>) -> Unit {
    without_mark(input, |input| parse(input, false))
}

/// What a file says, without its comments and its formatting ([`Unit::shape`]).
#[must_use]
pub fn shape(input: Input<'_>) -> Vec<u8> {
    without_mark(input, |input| parse(input, true)).shape
}

/// Gives room for so many levels, where this thread does not have it anyway.
fn with_stack<T>(levels: usize, work: impl FnOnce() -> T) -> T {
    let needed = DEEP_STACK + levels * STACK_A_LEVEL;
    stacker::maybe_grow(needed, needed, work)
}

fn problem(input: Input<'_>, range: std::ops::Range<usize>, what: impl Into<String>) -> Problem {
    Problem { span: input.map.span(range), what: what.into() }
}

fn parse(input: Input<'_>, shaped: bool) -> Unit {
    if u32::try_from(input.text.len()).is_err() {
        let mut unit = Unit::empty(Dialect::JavaScript);
        unit.problems.push(problem(input, 0..0, "too large to be checked"));
        return unit;
    }
    let depth = depth::Depth::of(input.text);
    let mut first_error = None;
    let mut recovered = None;
    for source_type in source_types(input.path) {
        let Some(levels) = depth.levels(source_type.is_jsx()) else { continue };
        let wanted = recovered.is_none();
        match with_stack(levels, || parse_as(input, shaped, source_type, wanted)) {
            Ok(unit) => return unit,
            Err(failed) => {
                let (error, unit) = *failed;
                first_error.get_or_insert(error);
                recovered = recovered.or(unit);
            }
        }
    }
    let mut unit = recovered.unwrap_or_else(|| with_stack(depth::TOO_DEEP, || recovery::lower(input)));
    let too_deep = || problem(input, 0..input.text.len(), "nested too deeply to be checked");
    unit.problems.insert(0, first_error.unwrap_or_else(too_deep));
    unit
}

/// What a text is if it is meant so; with a syntax error, what could be read of it all the same, if that is
/// still wanted.
fn parse_as(
    input: Input<'_>,
    shaped: bool,
    source_type: SourceType,
    recover: bool,
) -> Result<Unit, Box<(Problem, Option<Unit>)>> {
    let allocator = Allocator::default();
    let options = ParseOptions {
        allow_return_outside_function: true,
        // Parentheses mean nothing once the tree is built, and only add depth.
        preserve_parens: false,
        parse_regular_expression: false,
        ..ParseOptions::default()
    };
    let parsed = Parser::new(&allocator, input.text, source_type).with_options(options).parse();
    if !parsed.panicked && !parsed.diagnostics.has_errors() {
        return Ok(lower_program(input, &parsed, shaped));
    }
    let unit = (recover && !parsed.panicked).then(|| lower_program(input, &parsed, shaped));
    Err(Box::new((syntax_error(input, &parsed), unit)))
}

/// How a text may be meant, the most likely first.
fn source_types(path: &str) -> Vec<SourceType> {
    let extension = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, e)| e);
    let ts = SourceType::ts();
    let tsx = SourceType::tsx();
    let js = SourceType::jsx();
    match extension.to_ascii_lowercase().as_str() {
        "ts" | "mts" | "cts" => vec![ts.with_module(true), ts.with_script(true), tsx.with_module(true)],
        "tsx" => vec![tsx.with_module(true), tsx.with_script(true), ts.with_module(true)],
        // What is not JavaScript by its name is a snippet out of a shell or a manifest.
        _ => vec![js.with_module(true), js.with_script(true), ts.with_module(true), tsx.with_module(true)],
    }
}

fn syntax_error(input: Input<'_>, parsed: &ParserReturn<'_>) -> Problem {
    let Some(error) = parsed.diagnostics.errors().next() else {
        return problem(input, 0..0, "syntax error");
    };
    let (start, end) = error.labels.first().map_or((0, 0), |label| {
        let start = label.offset() as usize;
        (start, start + label.len() as usize)
    });
    let mut what = format!("syntax error: {}", error.message.trim_end_matches('.'));
    if let Some(help) = &error.help {
        what.push_str(" (");
        what.push_str(help.trim_end_matches('.'));
        what.push(')');
    }
    problem(input, start..end, what)
}

fn lower_program(input: Input<'_>, parsed: &ParserReturn<'_>, shaped: bool) -> Unit {
    let mut lowering = Lowering::new(input.map);
    let body = lowering.program(&parsed.program);
    Unit {
        dialect: Dialect::JavaScript,
        body,
        functions: lowering.gathered.functions,
        classes: lowering.gathered.classes,
        problems: lowering.gathered.problems,
        shape: if shaped { shape::of(&parsed.program) } else { Vec::new() },
        types: types::of(&parsed.program),
    }
}

/// What is gathered while one unit is lowered.
struct Lowering<'m> {
    map: &'m OffsetMap,
    gathered: Gathered,
    /// What `break` and `continue` of the function at hand can mean, the innermost last.
    targets: Vec<jumps::Target>,
    /// The TypeScript namespace at hand: its exports are members of it, not of the module.
    namespace: Option<String>,
}

impl<'m> Lowering<'m> {
    fn new(map: &'m OffsetMap) -> Self {
        Self { map, gathered: Gathered::default(), targets: Vec::new(), namespace: None }
    }

    fn span(&self, span: oxc_span::Span) -> Span {
        self.map.span(span.start as usize..span.end as usize)
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
