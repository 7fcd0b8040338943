//! Every call that stands in a block, in order, without those of the functions that it names.

use crate::words::flow::{Block, Call, Expr, ExprKind, Node, NodeKind, PropertyKey, Stdin};
use crate::words::span::Span;

/// Deeper nesting is not followed; a front end says so where it meets it.
const DEEPEST: usize = 400;

/// Calls `found` with each call and its place.
pub fn each_call<'a>(block: &'a Block, found: &mut dyn FnMut(&'a Call, Span)) {
    block_in(block, found, 0);
}

/// The same for one expression.
pub fn each_call_of<'a>(expr: &'a Expr, found: &mut dyn FnMut(&'a Call, Span)) {
    expr_in(expr, found, 0);
}

fn block_in<'a>(block: &'a Block, found: &mut dyn FnMut(&'a Call, Span), depth: usize) {
    if depth < DEEPEST {
        for node in block {
            node_in(node, found, depth + 1);
        }
    }
}

fn node_in<'a>(node: &'a Node, found: &mut dyn FnMut(&'a Call, Span), depth: usize) {
    match &node.kind {
        NodeKind::Eval(expr) | NodeKind::Command(expr) | NodeKind::Throw(expr) => expr_in(expr, found, depth),
        NodeKind::Bind { value, .. } | NodeKind::ExportVariable { value, .. } => {
            if let Some(value) = value {
                expr_in(value, found, depth);
            }
        }
        NodeKind::Return(value) | NodeKind::Exit(value) => {
            if let Some(value) = value {
                expr_in(value, found, depth);
            }
        }
        NodeKind::Assign { target, value } => {
            expr_in(value, found, depth);
            expr_in(target, found, depth);
        }
        NodeKind::Branch { test, then, other } => {
            expr_in(test, found, depth);
            block_in(then, found, depth);
            block_in(other, found, depth);
        }
        NodeKind::Loop { test, each, body, .. } => {
            if let Some(test) = test {
                expr_in(test, found, depth);
            }
            if let Some(each) = each {
                expr_in(&each.over, found, depth);
            }
            block_in(body, found, depth);
        }
        NodeKind::Scope(body) => block_in(body, found, depth),
        NodeKind::Try { body, handler, finally } => {
            block_in(body, found, depth);
            if let Some(handler) = handler {
                block_in(&handler.body, found, depth);
            }
            block_in(finally, found, depth);
        }
        NodeKind::Define { value, .. } | NodeKind::Export { value, .. } => expr_in(value, found, depth),
        NodeKind::Trap { action, .. } => {
            if let Some(action) = action {
                expr_in(action, found, depth);
            }
        }
        NodeKind::Opaque(parts) => {
            for part in parts {
                expr_in(part, found, depth);
            }
        }
        NodeKind::Break
        | NodeKind::Continue
        | NodeKind::Import { .. }
        | NodeKind::ExportFrom { .. }
        | NodeKind::Options { .. } => {}
    }
}

fn expr_in<'a>(expr: &'a Expr, found: &mut dyn FnMut(&'a Call, Span), depth: usize) {
    if depth >= DEEPEST {
        return;
    }
    let mut go = |inner: &'a Expr| expr_in(inner, found, depth + 1);
    match &*expr.kind {
        ExprKind::Call(call) => {
            go(&call.callee);
            call.args.iter().for_each(&mut go);
            found(call, expr.span);
        }
        ExprKind::Default { value, other, .. } => [value, other].into_iter().for_each(go),
        ExprKind::Required { value } | ExprKind::IsSet { value, .. } => go(value),
        ExprKind::Member { of, .. } => go(of),
        ExprKind::Index { of, key } => [of, key].into_iter().for_each(go),
        ExprKind::Concat(parts)
        | ExprKind::List(parts)
        | ExprKind::Sequence(parts)
        | ExprKind::Pipe(parts)
        | ExprKind::Opaque(parts) => parts.iter().for_each(go),
        ExprKind::Object(properties) => {
            for property in properties {
                if let PropertyKey::Computed(key) = &property.key {
                    go(key);
                }
                go(&property.value);
            }
        }
        ExprKind::Spread(inner)
        | ExprKind::Await(inner)
        | ExprKind::Not(inner)
        | ExprKind::EvalText(inner)
        | ExprKind::Detached(inner) => go(inner),
        ExprKind::Choose { test, then, other } => [test, then, other].into_iter().for_each(go),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => [left, right].into_iter().for_each(go),
        ExprKind::Compare { left, right, .. } => [left, right].into_iter().for_each(go),
        ExprKind::Matches { value, pattern, .. } => [value, pattern].into_iter().for_each(go),
        ExprKind::Assign { target, value } => [value, target].into_iter().for_each(go),
        ExprKind::Load { module, .. } => go(module),
        ExprKind::Include { file } => go(file),
        ExprKind::Run(run) => {
            run.words.iter().for_each(&mut go);
            run.env.iter().for_each(|setting| go(&setting.value));
            if let Stdin::Text(text) | Stdin::File(text) = &run.stdin {
                go(text);
            }
        }
        ExprKind::Group { body, .. } | ExprKind::Capture(body) => block_in(body, found, depth + 1),
        ExprKind::Undefined
        | ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Number(_)
        | ExprKind::Text(_)
        | ExprKind::Name(_)
        | ExprKind::Variable(_)
        | ExprKind::Function(_)
        | ExprKind::Class(_)
        | ExprKind::LastStatus => {}
    }
}
