//! contract/retired-runs: a retired script does anything before it exits non-zero.

use crate::reach::sources::Sources;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::flow::{Block, CallKind, Expr, ExprKind, Node, NodeKind, Unit};
use crate::words::span::{FileId, Place, Span};

pub const ID: &str = "contract/retired-runs";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.scope.retired.iter().filter_map(|file| judge(facts.sources, *file)).collect()
}

fn judge(sources: &Sources, file: FileId) -> Option<Finding> {
    let lowered = sources.file(file).lowered();
    let (span, what) = match &lowered.unit {
        Some(unit) => first_deed(unit)?,
        None => (Span::default(), "cannot be read as a program"),
    };
    Some(Finding::new(
        ID,
        Place { file, span },
        format!("this script is retired, but it {what} before it exits with a failure"),
        "let it print where to go instead, and exit with status 1 as its first deed",
    ))
}

/// The first thing that is neither a message nor the failing exit.
fn first_deed(unit: &Unit) -> Option<(Span, &'static str)> {
    match walk(&unit.body) {
        End::Stops => None,
        End::Does(span, what) => Some((span, what)),
        End::Falls => {
            let span = unit.body.last().map_or(Span::default(), |n| n.span);
            Some((span, "comes to its end, which is a success, "))
        }
    }
}

enum End {
    Stops,
    Does(Span, &'static str),
    Falls,
}

fn walk(block: &Block) -> End {
    for node in block {
        match judge_node(node) {
            End::Falls => {}
            other => return other,
        }
    }
    End::Falls
}

fn judge_node(node: &Node) -> End {
    match &node.kind {
        NodeKind::Define { .. } | NodeKind::Options { .. } => End::Falls,
        NodeKind::Import { type_only: true, .. } => End::Falls,
        NodeKind::Import { module, .. } if crate::knowledge::words::words().is_inert_module(module) => {
            End::Falls
        }
        NodeKind::Import { .. } => End::Does(node.span, "imports something"),
        NodeKind::Exit(status) => match status {
            Some(status) if fails(status) => End::Stops,
            _ => End::Does(node.span, "exits with success"),
        },
        NodeKind::Throw(_) => End::Stops,
        NodeKind::Scope(body) => walk(body),
        NodeKind::Bind { value, .. } => match value {
            None => End::Falls,
            Some(value) if is_constant(value) => End::Falls,
            Some(value) => End::Does(value.span, "computes something"),
        },
        NodeKind::Assign { value, .. } if is_constant(value) => End::Falls,
        NodeKind::Eval(expr) | NodeKind::Command(expr) => judge_expr(expr),
        _ => End::Does(node.span, "does something"),
    }
}

fn judge_expr(expr: &Expr) -> End {
    match &*expr.kind {
        kind if is_constant_kind(kind) => End::Falls,
        ExprKind::Call(call) => {
            let path = path_of(&call.callee);
            match path.as_deref() {
                Some("process.exit" | "Deno.exit" | "sys.exit" | "exit") => match call.args.first() {
                    Some(status) if fails(status) => End::Stops,
                    _ => End::Does(expr.span, "exits with success"),
                },
                Some(path)
                    if (path.starts_with("console.")
                        || path.starts_with("process.stderr.")
                        || path.starts_with("process.stdout.")
                        || path.starts_with("sys.stderr.")
                        || path.starts_with("sys.stdout.")
                        || path.starts_with("logging.")
                        || path.starts_with("[console].")
                        || path == "print")
                        && call.kind == CallKind::Plain
                        && call.args.iter().all(is_constant) =>
                {
                    End::Falls
                }
                _ => End::Does(expr.span, "calls something"),
            }
        }
        ExprKind::Run(run) => match run.words.first().map(|w| &*w.kind) {
            Some(ExprKind::Text(name))
                if matches!(
                    name.as_str(),
                    "echo"
                        | "printf"
                        | "cat"
                        | "true"
                        | ":"
                        | "write-host"
                        | "write-warning"
                        | "write-information"
                ) =>
            {
                End::Falls
            }
            Some(ExprKind::Text(name)) if name == "exit" => End::Stops,
            _ => End::Does(expr.span, "runs a command"),
        },
        ExprKind::Group { body, isolated: false } => walk(body),
        _ => End::Does(expr.span, "does something"),
    }
}

fn fails(status: &Expr) -> bool {
    match &*status.kind {
        ExprKind::Number(n) => *n != 0.0,
        // A text that is no number is a message, and the status of a failure.
        ExprKind::Text(text) => text.parse::<i64>().map_or(!text.is_empty(), |n| n != 0),
        ExprKind::Concat(parts) => {
            parts.iter().any(|part| matches!(&*part.kind, ExprKind::Text(text) if text.trim().contains(' ')))
        }
        _ => false,
    }
}

fn is_constant(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Concat(parts) | ExprKind::List(parts) => parts.iter().all(is_constant),
        ExprKind::Spread(inner) => is_constant(inner),
        ExprKind::Member { .. } => path_of(expr).is_some(),
        ExprKind::Object(properties) => properties.iter().all(|p| is_constant(&p.value)),
        kind => is_constant_kind(kind),
    }
}

fn is_constant_kind(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Bool(_)
            | ExprKind::Null
            | ExprKind::Undefined
            | ExprKind::Name(_)
            | ExprKind::Variable(_)
            | ExprKind::Function(_)
    )
}

fn path_of(expr: &Expr) -> Option<String> {
    match &*expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Member { of, name } => Some(format!("{}.{name}", path_of(of)?)),
        _ => None,
    }
}
