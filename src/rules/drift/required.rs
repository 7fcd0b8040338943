//! Variables without which a program ends: what its flow shows by itself.
//!
//! Three shapes count: a condition on the variable being missing whose side stops, `${X:?}`, and a
//! helper that does the former for the name that it is given.

use std::collections::{BTreeMap, BTreeSet};

use crate::words::flow::{Block, Call, Comparison, Expr, ExprKind, Function, Node, NodeKind, Unit};
use crate::words::span::Span;

/// Deeper than anybody nests; what is deeper is not looked at.
const DEEPEST: usize = 64;

/// A variable that a unit requires, or a name that it gives to a helper.
#[derive(Debug, Default)]
pub struct Required {
    pub variables: Vec<(String, Span)>,
    /// Functions that end the program when the variable that an argument names is missing.
    pub helpers: BTreeSet<String>,
    /// Calls with a text as the first argument: function, text, place.
    pub calls: Vec<(String, String, Span)>,
}

#[must_use]
pub fn required(unit: &Unit) -> Required {
    let mut out = Required::default();
    let mut seen = Look { out: &mut out, names: BTreeMap::new(), params: Vec::new(), depth: 0 };
    seen.block(&unit.body);
    for function in &unit.functions {
        seen.function(function);
    }
    out
}

/// Which variable an expression reads.
#[derive(Clone, PartialEq, Eq)]
enum Read {
    Variable(String),
    /// The one that the parameter of this name names.
    Param(String),
}

struct Look<'o> {
    out: &'o mut Required,
    /// Names that hold what was read.
    names: BTreeMap<String, Read>,
    params: Vec<String>,
    depth: usize,
}

impl Look<'_> {
    fn function(&mut self, function: &Function) {
        let kept = self.names.clone();
        self.params = function.params.iter().map(|p| p.name.clone()).collect();
        self.block(&function.body);
        if self.out.helpers.remove("") {
            self.out.helpers.extend(function.name.clone());
        }
        self.params.clear();
        self.names = kept;
    }

    fn block(&mut self, block: &Block) {
        self.depth += 1;
        if self.depth < DEEPEST {
            for node in block {
                self.node(node);
            }
        }
        self.depth -= 1;
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Bind { name, value: Some(value), .. } => {
                self.expr(value);
                if let Some(read) = self.read(value) {
                    self.names.insert(name.clone(), read);
                }
            }
            NodeKind::Branch { test, then, other } => {
                self.expr(test);
                if stops(then) {
                    for read in self.missing(test) {
                        self.requires(read, test.span);
                    }
                }
                self.block(then);
                self.block(other);
            }
            NodeKind::Eval(expr)
            | NodeKind::Command(expr)
            | NodeKind::Return(Some(expr))
            | NodeKind::Export { value: expr, .. }
            | NodeKind::Assign { value: expr, .. } => self.expr(expr),
            NodeKind::Scope(body) => self.block(body),
            NodeKind::Try { body, .. } => self.block(body),
            NodeKind::Loop { body, .. } => self.block(body),
            NodeKind::ExportVariable { value: Some(value), .. } => self.expr(value),
            _ => {}
        }
    }

    fn requires(&mut self, read: Read, at: Span) {
        match read {
            Read::Variable(name) => self.out.variables.push((name, at)),
            Read::Param(_) => {
                // The function that is being looked at; its name is put here when it is done.
                self.out.helpers.insert(String::new());
            }
        }
    }

    /// Calls and `${X:?}` inside of an expression.
    fn expr(&mut self, expr: &Expr) {
        self.depth += 1;
        if self.depth < DEEPEST {
            match &*expr.kind {
                ExprKind::Required { value } => {
                    if let ExprKind::Variable(name) = &*value.kind
                        && name.starts_with(|c: char| c.is_ascii_uppercase())
                    {
                        self.out.variables.push((name.clone(), expr.span));
                    }
                }
                ExprKind::Call(call) => self.call(call, expr.span),
                ExprKind::Await(inner)
                | ExprKind::Not(inner)
                | ExprKind::Spread(inner)
                | ExprKind::Member { of: inner, .. }
                | ExprKind::IsSet { value: inner, .. } => self.expr(inner),
                ExprKind::And(a, b)
                | ExprKind::Or(a, b)
                | ExprKind::Default { value: a, other: b, .. }
                | ExprKind::Compare { left: a, right: b, .. } => {
                    self.expr(a);
                    self.expr(b);
                }
                ExprKind::Choose { test, then, other } => {
                    for part in [test, then, other] {
                        self.expr(part);
                    }
                }
                ExprKind::Object(properties) => properties.iter().for_each(|p| self.expr(&p.value)),
                ExprKind::List(items)
                | ExprKind::Concat(items)
                | ExprKind::Sequence(items)
                | ExprKind::Opaque(items) => {
                    for item in items {
                        self.expr(item);
                    }
                }
                ExprKind::Run(run) => run.words.iter().for_each(|word| self.expr(word)),
                ExprKind::Group { body, .. } => self.block(body),
                _ => {}
            }
        }
        self.depth -= 1;
    }

    fn call(&mut self, call: &Call, span: Span) {
        let name = match &*call.callee.kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(name),
            _ => None,
        };
        if let (Some(name), Some(ExprKind::Text(text))) = (name, call.args.first().map(|a| &*a.kind)) {
            self.out.calls.push((name.clone(), text.clone(), span));
        }
        self.expr(&call.callee);
        call.args.iter().for_each(|arg| self.expr(arg));
    }

    fn read(&self, expr: &Expr) -> Option<Read> {
        match &*expr.kind {
            ExprKind::Member { of, name } if is_environment(of) => Some(Read::Variable(name.clone())),
            ExprKind::Index { of, key } if is_environment(of) => match &*key.kind {
                ExprKind::Text(name) => Some(Read::Variable(name.clone())),
                ExprKind::Name(name) if self.params.contains(name) => Some(Read::Param(name.clone())),
                _ => None,
            },
            ExprKind::Name(name) => self.names.get(name).cloned(),
            ExprKind::Variable(name) if name.starts_with(|c: char| c.is_ascii_uppercase()) => {
                Some(Read::Variable(name.clone()))
            }
            ExprKind::Default { value, other, .. } if empty(other) => self.read(value),
            ExprKind::Concat(parts) if parts.len() == 1 => self.read(&parts[0]),
            // `process.env.X?.trim()`
            ExprKind::Call(call) => match &*call.callee.kind {
                ExprKind::Member { of, name } if name == "trim" => self.read(of),
                _ => None,
            },
            _ => None,
        }
    }

    /// The variables of which any being missing makes the test hold.
    fn missing(&self, test: &Expr) -> Vec<Read> {
        match &*test.kind {
            ExprKind::Not(inner) => match &*inner.kind {
                ExprKind::IsSet { value, .. } => self.read(value).into_iter().collect(),
                ExprKind::And(a, b) => [a, b].into_iter().filter_map(|side| self.present(side)).collect(),
                _ => self.read(inner).into_iter().collect(),
            },
            ExprKind::Compare { op: Comparison::Equal, left, right } => {
                let (read, other) = if empty(right) { (left, right) } else { (right, left) };
                if empty(other) { self.read(read).into_iter().collect() } else { Vec::new() }
            }
            ExprKind::Or(a, b) => self.missing(a).into_iter().chain(self.missing(b)).collect(),
            _ => Vec::new(),
        }
    }

    fn present(&self, test: &Expr) -> Option<Read> {
        match &*test.kind {
            ExprKind::IsSet { value, .. } => self.read(value),
            _ => self.read(test),
        }
    }
}

fn empty(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Undefined | ExprKind::Null => true,
        ExprKind::Text(text) => text.is_empty(),
        ExprKind::Name(name) => name == "undefined",
        _ => false,
    }
}

fn is_environment(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Member { of, name } if name == "env" => match &*of.kind {
            ExprKind::Name(owner) => matches!(owner.as_str(), "process" | "Bun" | "Deno"),
            ExprKind::Member { name, .. } => matches!(name.as_str(), "meta" | "process"),
            _ => false,
        },
        _ => false,
    }
}

/// The block ends in a failure, whatever it says before.
fn stops(block: &Block) -> bool {
    match block.last().map(|node| &node.kind) {
        Some(NodeKind::Throw(_)) => true,
        Some(NodeKind::Exit(Some(status))) => !matches!(&*status.kind, ExprKind::Number(n) if *n == 0.0),
        Some(NodeKind::Eval(expr) | NodeKind::Return(Some(expr))) => {
            let ExprKind::Call(call) = &*expr.kind else { return false };
            let ExprKind::Member { of, name } = &*call.callee.kind else { return false };
            name == "exit"
                && matches!(&*of.kind, ExprKind::Name(owner) if owner == "process")
                && call.args.first().is_some_and(|a| !matches!(&*a.kind, ExprKind::Number(n) if *n == 0.0))
        }
        Some(NodeKind::Scope(inner)) => stops(inner),
        _ => false,
    }
}
