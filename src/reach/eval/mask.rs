//! What hides a failure: empty handlers, endings that say all is well, commands that only print.

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::Walker;
use crate::reach::eval::unseen::forgives;
use crate::reach::event::Mask;
use crate::reach::value::{Closure, Kind, Value};
use crate::words::flow::{Block, Dialect, Expr, ExprKind, Node, NodeKind};
use crate::words::span::Place;

impl Walker<'_> {
    /// Whether a function given to `catch` hides the failure that it is given.
    pub(super) fn handler_mask(&self, handler: &Value, at: Place) -> Option<Mask> {
        match &handler.kind {
            Kind::Function(closure) => {
                let function = self.unit(closure.unit)?.functions.get(closure.id.0 as usize)?;
                mask_of(&function.body, at)
            }
            Kind::Api(path) => {
                let role = knowledge::libraries().api(path).and_then(|a| a.role);
                (role == Some(Role::Log)).then_some(Mask { at, silent: false, shell: false })
            }
            _ => None,
        }
    }

    /// Whether a function given to `finally` ends the program as if all were well.
    pub(super) fn ends_well(&self, handler: &Value) -> bool {
        let Kind::Function(closure) = &handler.kind else { return false };
        self.unit(closure.unit)
            .and_then(|u| u.functions.get(closure.id.0 as usize))
            .is_some_and(|f| f.body.iter().any(exits_well))
    }

    pub(super) fn has_defaults(&self, closure: &Closure) -> bool {
        self.unit(closure.unit)
            .and_then(|u| u.functions.get(closure.id.0 as usize))
            .is_some_and(|f| f.params.iter().any(|p| p.default.is_some()) && f.params.iter().all(|p| !p.rest))
    }

    /// `cmd || other`: whether `other` hides the failure of `cmd`.
    pub(super) fn hides(&self, other: &Expr, at: Place) -> Option<Mask> {
        self.hides_by(other, at, NAMED)
    }

    fn hides_by(&self, other: &Expr, at: Place, left: usize) -> Option<Mask> {
        let silent = match &*other.kind {
            ExprKind::Run(run) => match run.words.first().map(|w| &*w.kind) {
                Some(ExprKind::Text(name)) => match name.as_str() {
                    "true" | ":" => true,
                    "echo" | "printf" | "logger" | "date" | "sleep" => false,
                    name if left > 0 && self.only_prints(name, at, left - 1) => false,
                    _ => return None,
                },
                _ => return None,
            },
            ExprKind::Group { body, .. } => {
                let fine = body.iter().all(|node| match &node.kind {
                    NodeKind::Command(inner) => self.hides_by(inner, at, left).is_some(),
                    NodeKind::Exit(Some(status)) => matches!(&*status.kind, ExprKind::Number(n) if *n == 0.0),
                    _ => false,
                });
                if !fine || body.is_empty() {
                    return None;
                }
                false
            }
            ExprKind::Compare { op, left, right } if forgives(*op, left, right) => true,
            _ => return None,
        };
        Some(Mask { at, silent, shell: true })
    }

    /// A function of the shell, wherever it stands, that does nothing but print: `log`, `warn`.
    fn only_prints(&self, name: &str, at: Place, left: usize) -> bool {
        let units = self.units.iter().filter_map(|(handle, _)| handle.unit());
        let mut found = false;
        for function in units
            .filter(|unit| unit.dialect == Dialect::Shell)
            .flat_map(|unit| &unit.functions)
            .filter(|function| function.name.as_deref() == Some(name))
        {
            found = true;
            let prints = function.body.iter().all(|node| match &node.kind {
                NodeKind::Command(inner) => self.hides_by(inner, at, left).is_some(),
                NodeKind::Bind { .. } | NodeKind::Assign { .. } | NodeKind::Return(None) => true,
                _ => false,
            });
            if !prints || function.body.is_empty() {
                return false;
            }
        }
        found
    }
}

/// How many functions deep is looked for what a name prints.
const NAMED: usize = 2;

/// How a handler hides what it catches: by its statements alone.
pub(super) fn mask_of(body: &Block, at: Place) -> Option<Mask> {
    let mut silent = true;
    for node in body {
        match &node.kind {
            NodeKind::Eval(expr) if only_says(expr) => silent = false,
            _ if exits_well(node) || answers_well(node) => {}
            NodeKind::Exit(Some(status)) if matches!(&*status.kind, ExprKind::Number(n) if *n == 0.0) => {}
            NodeKind::Return(None) | NodeKind::Continue | NodeKind::Break => {}
            NodeKind::Return(Some(value)) if is_plain(value) => {}
            NodeKind::Return(Some(value)) if only_says(value) => silent = false,
            NodeKind::Command(expr) if matches!(&*expr.kind, ExprKind::Run(_)) => silent = false,
            // Whichever side it is, the failure ends there.
            NodeKind::Branch { then, other, .. } => {
                silent &= mask_of(then, at)?.silent && mask_of(other, at)?.silent;
            }
            _ => return None,
        }
    }
    Some(Mask { at, silent, shell: false })
}

/// `process.exit(0)`: whatever happened before, the program says that all is well.
pub(super) fn exits_well(node: &Node) -> bool {
    let (NodeKind::Eval(expr) | NodeKind::Return(Some(expr))) = &node.kind else { return false };
    let ExprKind::Call(call) = &*expr.kind else { return false };
    let ExprKind::Member { of, name } = &*call.callee.kind else { return false };
    name == "exit"
        && matches!(&*of.kind, ExprKind::Name(owner) | ExprKind::Member { name: owner, .. } if owner == "process" || owner == "sys")
        && call.args.first().is_none_or(|a| matches!(&*a.kind, ExprKind::Number(n) if *n == 0.0))
}

/// The same, where only a status that is written there counts.
pub(super) fn sets_status_well(node: &Node) -> bool {
    let bare = match &node.kind {
        NodeKind::Eval(expr) | NodeKind::Return(Some(expr)) => {
            matches!(&*expr.kind, ExprKind::Call(call) if call.args.is_empty())
        }
        _ => false,
    };
    answers_well(node) || exits_well(node) && !bare
}

/// `process.exitCode = 0`: the same, for when the program comes to its end.
fn answers_well(node: &Node) -> bool {
    let zero = |value: &Expr| matches!(&*value.kind, ExprKind::Number(n) if *n == 0.0);
    let code = |target: &Expr| matches!(&*target.kind, ExprKind::Member { name, .. } if name == "exitCode");
    match &node.kind {
        NodeKind::Assign { target, value } => code(target) && zero(value),
        NodeKind::Eval(expr) | NodeKind::Return(Some(expr)) => {
            matches!(&*expr.kind, ExprKind::Assign { target, value } if code(target) && zero(value))
        }
        _ => false,
    }
}

pub(super) fn is_plain(expr: &Expr) -> bool {
    matches!(
        &*expr.kind,
        ExprKind::Undefined | ExprKind::Null | ExprKind::Bool(_) | ExprKind::Number(_) | ExprKind::Text(_)
    )
}

/// A call that only writes a message: by the names that logging goes by.
pub(super) fn only_says(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Await(inner) => only_says(inner),
        ExprKind::Call(call) => {
            let mut root = &call.callee;
            while let ExprKind::Member { of, .. } = &*root.kind {
                root = of;
            }
            matches!(&*root.kind, ExprKind::Name(name)
                if matches!(name.as_str(), "console" | "traceback" | "logger" | "log" | "logging" | "print" | "winston" | "pino" | "debug" | "warn" | "Sentry"))
        }
        ExprKind::Undefined => true,
        _ => false,
    }
}

/// The next statement looks at how the last one ended.
pub(super) fn reads_status(node: Option<&Node>) -> bool {
    fn expr(e: &Expr) -> bool {
        match &*e.kind {
            ExprKind::LastStatus => true,
            ExprKind::Concat(parts)
            | ExprKind::Opaque(parts)
            | ExprKind::List(parts)
            | ExprKind::Sequence(parts) => parts.iter().any(expr),
            ExprKind::Compare { left, right, .. } => expr(left) || expr(right),
            ExprKind::Spread(inner) | ExprKind::Not(inner) => expr(inner),
            ExprKind::And(a, b) | ExprKind::Or(a, b) => expr(a) || expr(b),
            ExprKind::Group { body, .. } => reads_status(body.first()),
            _ => false,
        }
    }
    match node.map(|n| &n.kind) {
        Some(NodeKind::Assign { value, .. } | NodeKind::Command(value) | NodeKind::Eval(value)) => {
            expr(value)
        }
        Some(NodeKind::Bind { value: Some(value), .. }) => expr(value),
        Some(NodeKind::Branch { test, .. }) => expr(test),
        Some(NodeKind::Return(Some(value)) | NodeKind::Exit(Some(value))) => expr(value),
        // `return` and `exit` without a value pass the last status on.
        Some(NodeKind::Return(None) | NodeKind::Exit(None)) => true,
        _ => false,
    }
}

/// A promise whose failure was dealt with before.
pub(super) fn is_caught(promise: &Expr) -> bool {
    let ExprKind::Call(call) = &*promise.kind else { return false };
    matches!(&*call.callee.kind, ExprKind::Member { name, .. } if name == "catch")
        || matches!(&*call.callee.kind, ExprKind::Member { name, .. } if name == "then" && call.args.len() > 1)
}

/// Leaves a `finally` in a way that drops what was thrown.
pub(super) fn ends_quietly(node: &Node) -> bool {
    let any = |block: &Block| block.iter().any(ends_quietly);
    match &node.kind {
        NodeKind::Return(_) | NodeKind::Break | NodeKind::Continue => true,
        NodeKind::Branch { then, other, .. } => any(then) || any(other),
        NodeKind::Scope(body) => any(body),
        NodeKind::Try { body, finally, .. } => any(body) || any(finally),
        _ => exits_well(node),
    }
}

/// Ends the program with whatever status.
pub(super) fn ends_program(node: &Node) -> bool {
    let (NodeKind::Eval(expr) | NodeKind::Return(Some(expr))) = &node.kind else {
        return matches!(node.kind, NodeKind::Exit(_));
    };
    let ExprKind::Call(call) = &*expr.kind else { return false };
    matches!(&*call.callee.kind, ExprKind::Member { name, .. } if matches!(name.as_str(), "exit" | "_exit" | "abort"))
}

/// Throws, on one path at least.
pub(super) fn throws(node: &Node) -> bool {
    let any = |block: &Block| block.iter().any(throws);
    match &node.kind {
        NodeKind::Throw(_) => true,
        NodeKind::Branch { then, other, .. } => any(then) || any(other),
        NodeKind::Scope(body) | NodeKind::Loop { body, .. } => any(body),
        NodeKind::Try { body, handler, finally } => {
            any(body) || any(finally) || handler.as_ref().is_some_and(|handler| any(&handler.body))
        }
        _ => false,
    }
}

/// A handler that only keeps something in variables; whether it says something, too.
pub(super) fn keeps_only(body: &Block) -> Option<bool> {
    let mut says = false;
    let mut keeps = false;
    let name = |target: &Expr| matches!(*target.kind, ExprKind::Name(_));
    for node in body {
        match &node.kind {
            NodeKind::Assign { target, .. } if name(target) => keeps = true,
            NodeKind::Eval(expr) if only_says(expr) => says = true,
            NodeKind::Eval(expr) => match &*expr.kind {
                ExprKind::Assign { target, .. } if name(target) => keeps = true,
                ExprKind::Call(call) => match &*call.callee.kind {
                    ExprKind::Member { of, name: method }
                        if name(of) && matches!(method.as_str(), "push" | "append") =>
                    {
                        keeps = true;
                    }
                    _ => return None,
                },
                _ => return None,
            },
            NodeKind::Continue => {}
            _ => return None,
        }
    }
    keeps.then_some(says)
}
