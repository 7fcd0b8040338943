//! What a shell does not look at: a status behind which the script goes on, one that a word drops, one
//! that is kept in a variable which nobody reads.

use crate::reach::eval::Walker;
use crate::reach::event::{EventKind, Mask};
use crate::reach::value::{Taint, Value};
use crate::words::flow::{Block, Comparison, Expr, ExprKind, Node, NodeKind, Stdin};
use crate::words::span::Place;

/// What a list of commands (`a && b`) leaves unseen of its sides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct List {
    /// Under errexit, too: a failure left of `&&` only skips what stands right of it.
    left: Option<Mask>,
    right: Option<Mask>,
}

impl Walker<'_> {
    /// Whether a failing statement does not end the script by itself.
    pub(super) fn goes_on(&self) -> bool {
        !self.errexit || self.tested > 0
    }

    /// Whether `$(a; b)` ends at a failing `a` where the script does: bash goes on, a plain shell does not.
    pub(super) fn inherits_errexit(&self, unit: usize) -> bool {
        let text = self.context.sources.file(self.file_of(unit)).text.as_deref().unwrap_or_default();
        let first = text.lines().next().filter(|line| line.starts_with("#!")).unwrap_or_default();
        let plain = !first.is_empty() && !first.contains("bash") && !first.contains("zsh");
        plain || text.contains("inherit_errexit")
    }

    /// Something follows in this function or program that does not ask how this ended.
    pub(super) fn follows(&mut self, rest: &[Node]) -> bool {
        let more = !rest.is_empty() && !super::mask::reads_status(rest.first());
        let outer = self.followed;
        self.followed = outer || more;
        outer
    }

    /// How the next expression ends is asked for.
    pub(super) fn asks(&mut self) -> bool {
        self.tested += 1;
        std::mem::take(&mut self.followed)
    }

    pub(super) fn asked(&mut self, followed: bool) {
        self.tested -= 1;
        self.followed = followed;
    }

    /// What happened since `first`, and was not dealt with where it happened, may fail unseen.
    pub(super) fn hide_since(&mut self, first: usize, mask: Mask) {
        let depth = self.masks.len();
        for event in self.events.get_mut(first..).into_iter().flatten() {
            if event.mask.is_none() && event.dealt <= depth {
                event.mask = Some(mask);
            }
        }
    }

    /// How the sides of a statement `a && b` or `a || b` are looked at.
    pub(super) fn list_of(&self, expr: &Expr, at: Place) -> Option<List> {
        let mask = self.followed.then_some(Mask { at, silent: false, shell: true });
        match &*expr.kind {
            ExprKind::And(_, right) => {
                // Where success leads away, what follows is the failure's.
                let left = mask.filter(|_| !leads_away(right));
                Some(List { left, right: mask.filter(|_| self.goes_on()) })
            }
            ExprKind::Or(..) => Some(List { left: None, right: mask.filter(|_| self.goes_on()) }),
            _ => None,
        }
    }

    /// The masks of the two sides, and whether the left one's outcome is only kept in a variable.
    pub(super) fn sides(&mut self, and: bool, b: &Expr) -> (Option<Mask>, Option<Mask>, bool) {
        let Some(list) = self.list.take() else { return (None, None, false) };
        let kept = if and { list.left.is_some() && assigns(b) } else { assigns(b) };
        (list.left.filter(|_| !kept), list.right, kept)
    }

    /// The taint of what happened since `first`, which only a variable tells of from here on.
    pub(super) fn kept_in_variable(&mut self, first: usize, at: Place, left: &Value) -> Taint {
        let outcome = self.outcome(first, at);
        self.status = left.clone().with(&outcome);
        outcome
    }

    /// The command is the guard, and not something that calls it before its own work.
    pub(super) fn is_guard_itself(&self, command: &Expr) -> bool {
        let stop = self.events.iter().rev().find(|event| matches!(event.kind, EventKind::GuardStop));
        matches!(*command.kind, ExprKind::Run(_))
            && stop.is_none_or(|event| event.stack.len() <= self.stack.len() + 1)
    }

    /// `echo "$(cmd)"`: the status of `cmd` is nobody's.
    pub(super) fn drops_status(&mut self, word: &Expr, at: Place) -> bool {
        let drops = captures(word);
        if drops {
            self.masks.push(Some(Mask { at, silent: false, shell: true }));
        }
        drops
    }

    /// A loop that runs until its command succeeds and may give up: whether what follows it asks.
    pub(super) fn gives_up_unseen(&self, test: &Expr, body: &Block, rest: &[Node]) -> bool {
        matches!(&*test.kind, ExprKind::Not(inner) if runs(inner))
            && body.iter().any(breaks)
            && !rest.iter().any(may_fail)
    }
}

/// The expression starts commands, whose status it is.
pub(super) fn runs(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Run(_) | ExprKind::Pipe(_) => true,
        ExprKind::And(a, b) | ExprKind::Or(a, b) => runs(a) || runs(b),
        ExprKind::Not(inner) => runs(inner),
        ExprKind::Assign { value, .. } => captures(value),
        ExprKind::Sequence(parts) => parts.iter().any(runs),
        ExprKind::Group { body, .. } => body.last().is_some_and(|node| match &node.kind {
            NodeKind::Command(inner) => runs(inner),
            NodeKind::Assign { value, .. } => captures(value),
            _ => false,
        }),
        _ => false,
    }
}

/// A command is run for what it prints.
pub(super) fn captures(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Capture(_) => true,
        ExprKind::Concat(parts)
        | ExprKind::List(parts)
        | ExprKind::Opaque(parts)
        | ExprKind::Sequence(parts) => parts.iter().any(captures),
        ExprKind::Spread(inner) | ExprKind::Required { value: inner } => captures(inner),
        ExprKind::Default { value, other, .. } => captures(value) || captures(other),
        ExprKind::Run(run) => {
            run.words.iter().any(captures)
                || matches!(&run.stdin, Stdin::Text(text) | Stdin::File(text) if captures(text))
        }
        _ => false,
    }
}

/// The statements leave the function, the loop or the program.
fn leaves(body: &Block) -> bool {
    body.iter().any(|node| match &node.kind {
        NodeKind::Exit(_) | NodeKind::Return(_) | NodeKind::Break | NodeKind::Continue => true,
        NodeKind::Command(inner) => leads_away(inner),
        _ => false,
    })
}

fn leads_away(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Group { body, .. } => leaves(body),
        ExprKind::And(a, b) | ExprKind::Or(a, b) => leads_away(a) || leads_away(b),
        _ => false,
    }
}

fn breaks(node: &Node) -> bool {
    let inside = |block: &Block| block.iter().any(breaks);
    match &node.kind {
        NodeKind::Break => true,
        NodeKind::Branch { then, other, .. } => inside(then) || inside(other),
        NodeKind::Scope(body) => inside(body),
        NodeKind::Command(expr) => breaks_in(expr),
        _ => false,
    }
}

fn breaks_in(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::And(a, b) | ExprKind::Or(a, b) => breaks_in(a) || breaks_in(b),
        ExprKind::Group { body, .. } => body.iter().any(breaks),
        _ => false,
    }
}

/// The statement can end the script as a failure: a check of what was kept.
fn may_fail(node: &Node) -> bool {
    let zero = |value: &Expr| matches!(&*value.kind, ExprKind::Number(n) if *n == 0.0);
    match &node.kind {
        NodeKind::Exit(Some(value)) | NodeKind::Return(Some(value)) => !zero(value),
        NodeKind::Branch { then, other, .. } => then.iter().chain(other).any(may_fail),
        NodeKind::Command(expr) => fails(expr),
        _ => false,
    }
}

fn fails(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::And(a, b) | ExprKind::Or(a, b) => fails(a) || fails(b),
        ExprKind::Group { body, .. } => body.iter().any(may_fail),
        ExprKind::Compare { .. } | ExprKind::IsSet { .. } => true,
        _ => false,
    }
}

/// All that is done is to keep something in a variable.
pub(super) fn assigns(expr: &Expr) -> bool {
    match &*expr.kind {
        ExprKind::Group { body, .. } => assigns_only(body),
        ExprKind::Assign { value, .. } => !runs(value),
        _ => false,
    }
}

pub(super) fn assigns_only(body: &Block) -> bool {
    let says = |expr: &Expr| matches!(&*expr.kind, ExprKind::Run(run) if says(&run.words));
    body.iter().any(|node| matches!(node.kind, NodeKind::Assign { .. }))
        && body.iter().all(|node| match &node.kind {
            NodeKind::Assign { value, .. } => !captures(value),
            NodeKind::Command(expr) => says(expr) || assigns(expr),
            _ => false,
        })
}

fn says(words: &[Expr]) -> bool {
    matches!(words.first().map(|word| &*word.kind), Some(ExprKind::Text(name))
        if matches!(name.as_str(), "echo" | "printf" | "logger" | "true" | ":"))
}

/// `|| [ $? -eq 124 ]`: a failure with that status counts as success.
pub(super) fn forgives(op: Comparison, left: &Expr, right: &Expr) -> bool {
    let status = |expr: &Expr| match &*expr.kind {
        ExprKind::LastStatus => true,
        ExprKind::Concat(parts) | ExprKind::Opaque(parts) => {
            parts.iter().any(|part| matches!(*part.kind, ExprKind::LastStatus))
        }
        _ => false,
    };
    let zero = |expr: &Expr| match &*expr.kind {
        ExprKind::Number(n) => *n == 0.0,
        ExprKind::Text(text) => text == "0",
        _ => false,
    };
    (status(left) || status(right)) && !(op == Comparison::Equal && (zero(left) || zero(right)))
}

/// The failure is handed on: whoever called decides.
pub(super) fn hands_on(other: &Expr) -> bool {
    let ExprKind::Group { body, isolated } = &*other.kind else { return false };
    let zero = |value: &Expr| matches!(&*value.kind, ExprKind::Number(n) if *n == 0.0);
    body.iter().any(|node| match &node.kind {
        NodeKind::Return(Some(value)) => !zero(value),
        NodeKind::Exit(Some(value)) => *isolated && !zero(value),
        _ => false,
    })
}
