//! Rust to flow.
//!
//! What a Rust program does with failure is in its values: a `Result` that nobody looks at, a
//! future that nobody awaits. A function that gives a `Result` or is `async` is lowered to one
//! whose call gives an outcome; `?`, `.await`, `unwrap` and their like are calls of names that no
//! program can write (`%raise`, `%drive` …), whose meaning stands in
//! `rules/knowledge/platform/rust.toml`.
//!
//! Loading a module does nothing in Rust, so that a path into another module is lowered to a load
//! at the place where it is used. Only what a program really uses is then reached by it.

mod commands;
mod declared;
mod depth;
mod expressions;
mod items;
mod macros;
mod methods;
mod names;
mod patterns;
mod shape;
mod statements;

use super::Input;
use super::gathered::Gathered;
use crate::words::flow::{
    Block, Call, CallKind, Class, ClassId, Dialect, Expr, ExprKind, Function, FunctionId, Node, NodeKind,
    Problem, Scope, Unit,
};
use crate::words::span::{OffsetMap, Span};

/// The stack of the thread that parses, and how much more a level can need without optimisation.
/// Pages that are not touched cost nothing.
const STACK: usize = 4 << 20;
const STACK_A_LEVEL: usize = 64 << 10;

/// Lowers a program text. Never panics; what could not be read is in `problems`.
///
/// The parser recurses, and keeps the places of all that it ever read in memory of the thread: it
/// gets a thread of its own, with a stack that the text cannot use up.
#[must_use]
pub fn lower(input: Input<'_>) -> Unit {
    let whole = *input.map == OffsetMap::identity();
    let done = std::thread::scope(|scope| {
        let lexed = std::thread::Builder::new().stack_size(STACK);
        let nesting = lexed.spawn_scoped(scope, || depth::estimate(input.text)).ok()?.join().ok()?;
        let nesting = match nesting {
            Ok(nesting) if nesting > depth::TOO_DEEP => {
                return Some(failed(input, 0..input.text.len(), "nested too deeply to be checked"));
            }
            Ok(nesting) => nesting,
            Err((range, what)) => return Some(failed(input, range, &what)),
        };
        let thread = std::thread::Builder::new().stack_size(STACK + nesting * STACK_A_LEVEL);
        thread.spawn_scoped(scope, || parse(input)).ok()?.join().ok()
    });
    let mut unit = done.unwrap_or_else(|| failed(input, 0..0, "it cannot be parsed"));
    if !whole {
        unit.shape.clear();
    }
    unit
}

fn failed(input: Input<'_>, range: std::ops::Range<usize>, what: &str) -> Unit {
    let mut unit = Unit::empty(Dialect::Rust);
    unit.problems.push(Problem { span: input.map.span(range), what: what.to_owned() });
    unit
}

fn parse(input: Input<'_>) -> Unit {
    let file = match syn::parse_file(input.text) {
        Ok(file) => file,
        Err(error) => {
            let range = depth::within(input.text, error.span().byte_range());
            return failed(input, range, &format!("syntax error: {error}"));
        }
    };
    // A byte order mark and a `#!` line are cut off before the parser counts.
    let mark = input.text.len() - input.text.trim_start_matches('\u{feff}').len();
    let skipped = mark + file.shebang.as_ref().map_or(0, String::len);
    let map = input.map.compose(&OffsetMap::shifted(skipped));
    let mut lowering = Lowering::new(input.path, &map, input.text.len().saturating_sub(skipped));
    let body = lowering.file(&file);
    let mut unit = Unit {
        dialect: Dialect::Rust,
        body,
        functions: lowering.gathered.functions,
        classes: lowering.gathered.classes,
        problems: lowering.gathered.problems,
        shape: shape::of(input.text),
        types: Vec::new(),
    };
    if unit.shape.is_empty() {
        unit.shape.push(0);
    }
    unit
}

/// What is gathered while one unit is lowered.
struct Lowering<'m> {
    path: &'m str,
    map: &'m OffsetMap,
    length: usize,
    gathered: Gathered,
    names: names::Names,
    commands: commands::Commands,
    /// What the function at hand gives.
    gives: Gives,
    /// The type that `Self` stands for.
    own_type: Option<String>,
}

/// What a call of a function gives, as far as failure goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    Nothing,
    Value,
    /// A `Result`: `?` leaves it, and its failure is the caller's to look at.
    Outcome,
}

impl<'m> Lowering<'m> {
    fn new(path: &'m str, map: &'m OffsetMap, length: usize) -> Self {
        Self {
            path,
            map,
            length,
            gathered: Gathered::default(),
            names: names::Names::default(),
            commands: commands::Commands::default(),
            gives: Gives::Nothing,
            own_type: None,
        }
    }

    fn span(&self, span: proc_macro2::Span) -> Span {
        let range = span.byte_range();
        let end = range.end.min(self.length);
        self.map.span(range.start.min(end)..end)
    }

    fn of(&self, of: &impl syn::spanned::Spanned) -> Span {
        self.span(of.span())
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

    fn add_function(&mut self, function: Function) -> FunctionId {
        self.gathered.function(function)
    }

    fn add_class(&mut self, class: Class) -> ClassId {
        self.gathered.class(class)
    }

    /// Binds a value to a fresh name, so that it can be used more than once.
    fn keep(&mut self, value: Expr, out: &mut Block) -> Expr {
        if matches!(&*value.kind, ExprKind::Name(_) | ExprKind::Text(_)) {
            return value;
        }
        let span = value.span;
        let fresh = self.fresh();
        out.push(bind(&fresh, Some(value), span));
        name(fresh, span)
    }
}

fn node(kind: NodeKind, span: Span) -> Node {
    Node { kind, span }
}

fn bind(to: &str, value: Option<Expr>, span: Span) -> Node {
    node(NodeKind::Bind { name: to.to_owned(), value, scope: Scope::Block, type_name: None }, span)
}

fn assign(to: &str, value: Expr, span: Span) -> Node {
    node(NodeKind::Assign { target: name(to, span), value }, span)
}

fn eval(value: Expr) -> Node {
    let span = value.span;
    node(NodeKind::Eval(value), span)
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

fn truth(value: bool, span: Span) -> Expr {
    Expr::new(ExprKind::Bool(value), span)
}

/// `()`: something that is there, and says nothing.
fn unit_value(span: Span) -> Expr {
    Expr::new(ExprKind::Object(Vec::new()), span)
}

fn call(callee: Expr, args: Vec<Expr>, span: Span) -> Expr {
    let kind = CallKind::Plain;
    Expr::new(ExprKind::Call(Call { callee, args, kind, optional: false, type_args: Vec::new() }), span)
}

/// A call of something that no program can name: see `rules/knowledge/platform/rust.toml`.
fn inner(what: &str, args: Vec<Expr>, span: Span) -> Expr {
    call(name(format!("%{what}"), span), args, span)
}
