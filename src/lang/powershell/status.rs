//! What becomes of failures: values that blocks give, traps, errors that are silenced from here on,
//! and programs whose status nobody looks at.

use std::collections::BTreeSet;

use super::command::nothing;
use super::names;
use crate::words::flow::{Block, Expr, ExprKind, Function, Node, NodeKind, PropertyKey};

/// Marks the place from which on errors are silenced.
pub(super) const SILENT: &str = "silent";

/// PowerShell gives what its last statement gives.
pub(super) fn gives(body: &mut Block) {
    let Some(last) = body.last_mut() else { return };
    match &mut last.kind {
        NodeKind::Eval(value) => {
            let span = last.span;
            let value = std::mem::replace(value, Expr::new(ExprKind::Undefined, span));
            last.kind = NodeKind::Return(Some(value));
        }
        NodeKind::Branch { then, other, .. } => {
            gives(then);
            gives(other);
        }
        NodeKind::Try { body, handler, .. } => {
            gives(body);
            if let Some(handler) = handler {
                gives(&mut handler.body);
            }
        }
        NodeKind::Scope(inner) => gives(inner),
        _ => {}
    }
}

/// Puts a `trap` around each statement of its block, and statements after a silenced preference
/// into a handler that does nothing.
pub(super) fn traps(out: &mut Block, start: usize) {
    let is_trap = |node: &Node| matches!(&node.kind, NodeKind::Try { body, handler: Some(_), finally } if body.is_empty() && finally.is_empty());
    let is_silent = |node: &Node| matches!(&node.kind, NodeKind::Trap { action: None, signals } if signals.iter().any(|s| s == SILENT));
    if !out[start..].iter().any(|node| is_trap(node) || is_silent(node)) {
        return;
    }
    let mut held: Block = out.split_off(start);
    let trap = held.iter().position(is_trap).map(|at| held.remove(at));
    let mut silenced = None;
    for node in held {
        match &node.kind {
            NodeKind::Trap { signals, .. } if signals.iter().any(|s| s == SILENT) => {
                silenced = Some(node.span);
                continue;
            }
            NodeKind::Options { errexit: Some(_), .. } => silenced = None,
            _ => {}
        }
        let node = match silenced {
            Some(at) if calls_cmdlet(&node) => {
                let span = node.span;
                let kind =
                    NodeKind::Try { body: vec![node], handler: Some(nothing(at)), finally: Vec::new() };
                Node { kind, span }
            }
            _ => node,
        };
        let bare = matches!(node.kind, NodeKind::Define { .. } | NodeKind::Options { .. });
        out.push(match &trap {
            Some(Node { kind: NodeKind::Try { handler: Some(handler), .. }, .. }) if !bare => {
                let mut handler = handler.clone();
                for node in &mut handler.body {
                    match node.kind {
                        // `continue` goes on behind what failed, `break` lets it fail.
                        NodeKind::Continue => node.kind = NodeKind::Opaque(Vec::new()),
                        NodeKind::Break => {
                            node.kind = NodeKind::Throw(Expr::new(ExprKind::Undefined, node.span));
                        }
                        _ => {}
                    }
                }
                handler
                    .body
                    .retain(|node| !matches!(&node.kind, NodeKind::Opaque(parts) if parts.is_empty()));
                let span = node.span;
                let kind = NodeKind::Try { body: vec![node], handler: Some(handler), finally: Vec::new() };
                Node { kind, span }
            }
            _ => node,
        });
    }
}

/// The statement is a cmdlet's or a function's, whose errors a preference can silence.
fn calls_cmdlet(node: &Node) -> bool {
    fn expr(value: &Expr) -> bool {
        match &*value.kind {
            ExprKind::Run(run) => names::called(run).is_some_and(names::is_cmdlet),
            ExprKind::Call(_) => true,
            ExprKind::Pipe(parts) => parts.iter().any(expr),
            _ => false,
        }
    }
    match &node.kind {
        NodeKind::Eval(value) | NodeKind::Bind { value: Some(value), .. } => expr(value),
        _ => false,
    }
}

/// What stands behind a program that was started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// Something looks at its status.
    Looks,
    /// Something else happens first.
    GoesOn,
}

/// A program's failure stops nothing: where something follows that does not look at its status, the
/// statement becomes a [`NodeKind::Command`], and everywhere else it stays one whose end counts.
pub(super) fn look(body: &mut Block, functions: &mut [Function]) {
    let checks: BTreeSet<String> = functions
        .iter()
        .filter(|function| function.body.iter().any(reads))
        .filter_map(|function| function.name.as_ref().map(|name| name.to_lowercase()))
        .collect();
    let named = |function: &Function| function.name.as_ref().map(|name| name.to_lowercase());
    let own = functions.iter().filter_map(named).collect();
    let mut look = Look { checks, own, left: BTreeSet::new(), caller: After::Nothing };
    look.block(body, After::Nothing);
    for function in functions.iter_mut() {
        look.block(&mut function.body, After::Nothing);
    }
    // A function whose status nobody looks at leaves its last program's to nobody; what it calls there, too.
    let mut done = BTreeSet::new();
    look.caller = After::GoesOn;
    while let Some(name) = look.left.pop_first() {
        let fresh = done.insert(name.clone());
        for function in functions.iter_mut().filter(|f| fresh && named(f).as_ref() == Some(&name)) {
            look.block(&mut function.body, After::GoesOn);
        }
    }
}

struct Look {
    /// Functions that look at a status.
    checks: BTreeSet<String>,
    own: BTreeSet<String>,
    /// Functions behind whose call something else happens first.
    left: BTreeSet<String>,
    /// What stands behind the call of the function at hand.
    caller: After,
}

impl Look {
    fn block(&mut self, nodes: &mut Block, after: After) -> After {
        let mut state = after;
        for node in nodes.iter_mut().rev() {
            let looks = reads(node) || is_check(node, &self.checks);
            if let Some(name) = self.called(node).filter(|_| !looks) {
                let ends = matches!(node.kind, NodeKind::Return(_));
                if (if ends { self.caller } else { state }) == After::GoesOn {
                    self.left.insert(name);
                }
            }
            state = match &mut node.kind {
                NodeKind::Eval(value) if is_program(value) => {
                    if state == After::GoesOn {
                        let span = value.span;
                        let run = std::mem::replace(value, Expr::new(ExprKind::Undefined, span));
                        node.kind = NodeKind::Command(run);
                    }
                    After::GoesOn
                }
                NodeKind::Bind { value: Some(value), .. } if is_program(value) => {
                    if state == After::GoesOn {
                        let span = value.span;
                        let run = std::mem::replace(value, Expr::new(ExprKind::Undefined, span));
                        let inner = Node { kind: NodeKind::Command(run), span };
                        *value = Expr::new(ExprKind::Group { body: vec![inner], isolated: false }, span);
                    }
                    After::GoesOn
                }
                NodeKind::Return(Some(value)) if is_program(value) && self.caller == After::GoesOn => {
                    let span = value.span;
                    let run = std::mem::replace(value, Expr::new(ExprKind::Undefined, span));
                    let ends = Node { kind: NodeKind::Return(None), span };
                    node.kind = NodeKind::Scope(vec![Node { kind: NodeKind::Command(run), span }, ends]);
                    After::GoesOn
                }
                // The status is set by hand: what went before cannot be told any more.
                NodeKind::Command(value)
                    if matches!(&*value.kind, ExprKind::Bool(_) | ExprKind::Opaque(_)) =>
                {
                    After::GoesOn
                }
                _ if looks => {
                    self.inner(node, state);
                    After::Looks
                }
                NodeKind::Throw(_) => After::Looks,
                NodeKind::Return(None) | NodeKind::Exit(None) => After::Nothing,
                NodeKind::Define { .. } => state,
                _ => {
                    let first = self.inner(node, state);
                    match (state, first) {
                        (_, Some(After::GoesOn)) | (After::Nothing, _) => After::GoesOn,
                        (state, _) => state,
                    }
                }
            };
        }
        state
    }

    /// The script's own function that a statement calls.
    fn called(&self, node: &Node) -> Option<String> {
        let (NodeKind::Eval(value) | NodeKind::Return(Some(value))) = &node.kind else { return None };
        let ExprKind::Run(run) = &*value.kind else { return None };
        names::called(run).map(str::to_lowercase).filter(|name| self.own.contains(name))
    }

    fn inner(&mut self, node: &mut Node, after: After) -> Option<After> {
        match &mut node.kind {
            NodeKind::Branch { then, other, .. } => {
                let first = self.block(then, after);
                let second = self.block(other, after);
                Some(if first == After::GoesOn { first } else { second })
            }
            NodeKind::Loop { body, .. } | NodeKind::Scope(body) => Some(self.block(body, after)),
            NodeKind::Try { body, handler, finally } => {
                let end = self.block(finally, after);
                if let Some(handler) = handler {
                    self.block(&mut handler.body, end);
                }
                Some(self.block(body, end))
            }
            _ => None,
        }
    }
}

fn is_program(value: &Expr) -> bool {
    match &*value.kind {
        ExprKind::Run(run) => names::starts_program(run),
        ExprKind::Pipe(parts) => parts.last().is_some_and(is_program),
        _ => false,
    }
}

fn is_check(node: &Node, checks: &BTreeSet<String>) -> bool {
    let (NodeKind::Eval(value) | NodeKind::Return(Some(value))) = &node.kind else { return false };
    let ExprKind::Run(run) = &*value.kind else { return false };
    names::called(run).is_some_and(|name| names::is_check(name) || checks.contains(&name.to_lowercase()))
}

/// The status is read somewhere in here.
fn reads(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Eval(value) | NodeKind::Command(value) | NodeKind::Throw(value) => asks(value),
        NodeKind::Bind { value, .. }
        | NodeKind::Return(value)
        | NodeKind::Exit(value)
        | NodeKind::ExportVariable { value, .. } => value.as_ref().is_some_and(asks),
        NodeKind::Assign { value, .. } => asks(value),
        NodeKind::Branch { test, then, other } => {
            asks(test) || then.first().is_some_and(reads) || other.first().is_some_and(reads)
        }
        NodeKind::Loop { test, .. } => test.as_ref().is_some_and(asks),
        NodeKind::Try { body, .. } | NodeKind::Scope(body) => body.first().is_some_and(reads),
        NodeKind::Opaque(parts) => parts.iter().any(asks),
        _ => false,
    }
}

fn asks(value: &Expr) -> bool {
    match &*value.kind {
        ExprKind::LastStatus => true,
        ExprKind::Concat(parts)
        | ExprKind::Opaque(parts)
        | ExprKind::List(parts)
        | ExprKind::Pipe(parts)
        | ExprKind::Sequence(parts) => parts.iter().any(asks),
        ExprKind::Compare { left, right, .. } => asks(left) || asks(right),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => asks(left) || asks(right),
        ExprKind::Not(inner) | ExprKind::Spread(inner) | ExprKind::Await(inner) => asks(inner),
        ExprKind::Member { of, .. } => asks(of),
        ExprKind::Index { of, key } => asks(of) || asks(key),
        ExprKind::Choose { test, then, other } => asks(test) || asks(then) || asks(other),
        ExprKind::Matches { value, .. } | ExprKind::IsSet { value, .. } => asks(value),
        ExprKind::Call(call) => call.args.iter().any(asks) || asks(&call.callee),
        ExprKind::Run(run) => run.words.iter().any(asks),
        ExprKind::Object(properties) => properties
            .iter()
            .any(|p| asks(&p.value) || matches!(&p.key, PropertyKey::Computed(key) if asks(key))),
        ExprKind::Group { body, .. } => body.iter().any(reads),
        _ => false,
    }
}
