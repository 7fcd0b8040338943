//! Branches: both sides are walked, and what holds after them is what holds after each.

use crate::reach::eval::Walker;
use crate::reach::eval::flow::{Flow, remember, side_is_early, soften};
use crate::reach::eval::outcome::{acts, only_tells};
use crate::reach::eval::truth::is_switch;
use crate::reach::eval::unseen::{assigns_only, hands_on, runs};
use crate::reach::event::{ExcuseKind, Mask, World};
use crate::reach::value::{Kind, ScopeId, Taint, Truth, Value};
use crate::words::flow::{Block, Expr, ExprKind, NodeKind};
use crate::words::span::Place;

/// What a condition is called whose one side asks what a guard asks, and whose other leads past it.
const PAST: &str = "a way past";

impl Walker<'_> {
    pub(super) fn branch(
        &mut self,
        unit: usize,
        scope: ScopeId,
        test: &Expr,
        then: &Block,
        other: &Block,
    ) -> Flow {
        let followed = self.asks();
        let hidden = if self.is_shell(unit) { self.hides_in_branch(unit, test, then, other) } else { None };
        if let Some(mask) = hidden {
            self.masks.push(mask);
        }
        let first = self.events.len();
        let (value, mut flow) = self.expr(unit, scope, test);
        if hidden.is_some() {
            self.masks.pop();
        }
        self.asked(followed);
        let kept = hidden == Some(None) && (assigns_only(then) || assigns_only(other));
        if !flow.falls {
            return flow;
        }
        let at = self.place(unit, test.span);
        let by_guard =
            value.taint.has(|s| s.ci) && self.world == World::NoCi || value.taint.has(|s| s.verdict);
        match self.truth(&value) {
            known @ (Truth::Yes | Truth::No) => {
                let side = if known == Truth::Yes { then } else { other };
                // A branch that is not taken, or does nothing, ends well. Where statuses are those of
                // programs alone, a branch is none.
                if !self.names_parameters(unit) {
                    self.status = Value::new(Kind::Bool(true));
                }
                let inner = self.new_scope(Some(scope), false);
                let mut taken = self.block(unit, inner, side);
                if by_guard && taken.stops() && !taken.guarded {
                    self.tells_well(&taken);
                    self.guard_stop(at);
                    taken.guarded = true;
                }
                if by_guard && taken.falls && matches!(hidden, Some(Some(_))) {
                    let guard = self.last_guard_stop().or(Some(at));
                    self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                }
                if by_guard
                    && !taken.falls
                    && taken.returns.is_some()
                    && !taken.guarded
                    && side_is_early(side)
                {
                    // `if (!ci) return;` keeps the effects that follow from running.
                    self.guard_stop(at);
                    taken.guarded = true;
                }
                flow.then(taken);
                flow
            }
            Truth::Unknown => {
                if !(only_tells(then) && only_tells(other)) {
                    self.heed(&value.taint);
                }
                let value = if kept {
                    let outcome = self.kept_in_variable(first, at, &value);
                    value.with(&outcome)
                } else {
                    value
                };
                let both = self.fork(unit, scope, &value, at, then, other);
                flow.then(both);
                flow
            }
        }
    }

    /// `if cmd; then …; else echo failed; fi`: whether the side for a failure hides it. The inner
    /// None says that it deals with it; None as a whole, that this tests no command.
    #[allow(clippy::option_option, reason = "a mask that is known to be none is pushed, too")]
    pub(super) fn hides_in_branch(
        &self,
        unit: usize,
        test: &Expr,
        then: &Block,
        other: &Block,
    ) -> Option<Option<Mask>> {
        let (command, well, failed) = match &*test.kind {
            ExprKind::Not(inner) => (inner, other, then),
            _ => (test, then, other),
        };
        if !runs(command) {
            return None;
        }
        let at = self.place(unit, test.span);
        if assigns_only(failed) || failed.is_empty() && assigns_only(well) {
            // Kept in a variable: whoever asks for that is told.
            return Some(None);
        }
        if failed.is_empty() {
            // Where success ends the matter, what follows is the failure's.
            let ends = well.iter().any(|n| {
                matches!(
                    n.kind,
                    NodeKind::Exit(_) | NodeKind::Return(_) | NodeKind::Break | NodeKind::Continue
                )
            });
            return Some((!ends).then_some(Mask { at, silent: true, shell: true }));
        }
        let says = failed
            .iter()
            .all(|node| matches!(&node.kind, NodeKind::Command(expr) if self.hides(expr, at).is_some()));
        Some(says.then_some(Mask { at, silent: false, shell: true }))
    }

    pub(super) fn fork(
        &mut self,
        unit: usize,
        scope: ScopeId,
        value: &Value,
        at: Place,
        then: &Block,
        other: &Block,
    ) -> Flow {
        let held = self.held.clone();
        let options = (self.errexit, self.pipefail);
        if !self.names_parameters(unit) {
            self.status = Value::new(Kind::Bool(true));
        }
        let status = self.status.clone();
        let mark = self.mark();
        let inner = self.new_scope(Some(scope), false);
        self.uncertain += usize::from(other.is_empty());
        let mut one = self.block(unit, inner, then);
        self.uncertain -= usize::from(other.is_empty());
        let one_writes = self.undo(mark);
        let one_held = std::mem::replace(&mut self.held, held);
        let one_options = std::mem::replace(&mut (self.errexit, self.pipefail), options);
        (self.errexit, self.pipefail) = options;
        let one_status = std::mem::replace(&mut self.status, status);
        let mark = self.mark();
        let inner = self.new_scope(Some(scope), false);
        self.uncertain += usize::from(then.is_empty());
        let mut two = self.block(unit, inner, other);
        self.uncertain -= usize::from(then.is_empty());
        if one.falls && two.falls {
            self.status = self.status.join(&one_status);
        } else if one.falls {
            self.status = one_status;
        }
        self.merge(one_writes, one.falls, mark, two.falls, &value.taint);
        if one.falls {
            (self.errexit, self.pipefail) =
                (one_options.0 && (self.errexit || !two.falls), one_options.1 && self.pipefail);
            if two.falls {
                self.hold(&one_held);
            } else {
                self.held = one_held;
            }
        }

        // One side stops, the other goes on: is the side that stops a guard at work?
        let (stopping, going) = match (one.stops(), two.stops()) {
            (true, false) => (&mut one, &mut two),
            (false, true) => (&mut two, &mut one),
            _ => {
                remember(&mut one, at, &value.taint);
                remember(&mut two, at, &value.taint);
                let mut flow = one.clone();
                flow.falls |= two.falls;
                let falls = flow.falls;
                flow.absorb(two);
                flow.falls = falls;
                return flow;
            }
        };
        let taint = value.taint.clone();
        let from_verdict = taint.has(|s| s.verdict);
        let in_check = self.world == World::WrongDatabase && (self.fingerprint > 0 || from_verdict);
        if in_check && !stopping.guarded && (from_verdict || !is_switch(&taint)) {
            // A mismatch is one of the things that this condition tells: take that side.
            self.fingerprint_taint = self.fingerprint_taint.and(&taint);
            stopping.guarded = true;
            let flow = stopping.clone();
            self.tells_well(&flow);
            self.guard_stop(at);
            return flow;
        }
        let loose = taint.has(|s| s.ci) && self.world == World::NoCi && !stopping.guarded;
        if loose {
            let past = matches!(&value.kind, Kind::Unknown(what) if **what == *PAST);
            let kind = if past { ExcuseKind::Conditional } else { ExcuseKind::Loose };
            self.excuse(kind, at, taint.clone(), Some(at));
            stopping.guarded = true;
        } else if stopping.guarded {
            let guard = self.last_guard_stop();
            self.excuse(ExcuseKind::Conditional, at, taint.clone(), guard);
        } else if in_check {
            self.excuse(ExcuseKind::Conditional, at, taint.clone(), Some(at));
        }
        remember(going, at, &taint);
        let mut flow = one.clone();
        flow.falls |= two.falls;
        let falls = flow.falls;
        flow.absorb(two);
        flow.falls = falls;
        flow
    }

    /// Two sides of an unknown condition, as values.
    pub(super) fn fork_values(
        &mut self,
        at: crate::words::span::Place,
        taint: &Taint,
        one: impl FnOnce(&mut Self) -> (Value, Flow),
        two: impl FnOnce(&mut Self) -> (Value, Flow),
    ) -> (Value, Value, Flow) {
        let held = self.held.clone();
        let mark = self.mark();
        let (a, mut a_flow) = one(self);
        let writes = self.undo(mark);
        let a_held = std::mem::replace(&mut self.held, held);
        let mark = self.mark();
        let (b, mut b_flow) = two(self);
        remember(&mut a_flow, at, taint);
        remember(&mut b_flow, at, taint);
        self.merge(writes, a_flow.falls, mark, b_flow.falls, taint);
        if a_flow.falls {
            self.hold(&a_held);
        }
        let (stopping, going) = match (a_flow.stops(), b_flow.stops()) {
            (true, false) => (Some(&a_flow), Some(&b_flow)),
            (false, true) => (Some(&b_flow), Some(&a_flow)),
            _ => (None, None),
        };
        if let (Some(stopping), Some(_)) = (stopping, going) {
            let from_verdict = taint.has(|s| s.verdict);
            let in_check = self.world == World::WrongDatabase && (self.fingerprint > 0 || from_verdict);
            if in_check && (from_verdict || !is_switch(taint)) {
                self.fingerprint_taint = self.fingerprint_taint.and(taint);
                let mut flow = stopping.clone();
                flow.guarded = true;
                self.tells_well(&flow);
                self.guard_stop(at);
                return (a, b, flow);
            }
            if taint.has(|s| s.ci) && self.world == World::NoCi {
                self.excuse(ExcuseKind::Loose, at, taint.clone(), Some(at));
            } else if stopping.guarded {
                let guard = self.last_guard_stop();
                self.excuse(ExcuseKind::Conditional, at, taint.clone(), guard);
            }
        }
        let mut flow = a_flow.clone();
        flow.falls |= b_flow.falls;
        let falls = flow.falls;
        flow.absorb(b_flow);
        flow.falls = falls;
        (a, b, flow)
    }

    pub(super) fn choose(
        &mut self,
        unit: usize,
        scope: ScopeId,
        test: &Expr,
        then: &Expr,
        other: &Expr,
    ) -> (Value, Flow) {
        let followed = self.asks();
        let (value, mut flow) = self.expr(unit, scope, test);
        self.asked(followed);
        match self.truth(&value) {
            Truth::Yes | Truth::No => {
                let side = if self.truth(&value) == Truth::Yes { then } else { other };
                let (mut result, next) = self.expr(unit, scope, side);
                result.taint = result.taint.and(&value.taint);
                flow.then(next);
                (result, flow)
            }
            Truth::Unknown => {
                if acts(then) || acts(other) {
                    self.heed(&value.taint);
                }
                let at = self.place(unit, test.span);
                let (a, b, both) = self.fork_values(
                    at,
                    &value.taint,
                    |w| w.expr(unit, scope, then),
                    |w| w.expr(unit, scope, other),
                );
                flow.then(both);
                (a.join(&b).with(&value.taint), flow)
            }
        }
    }

    /// `a && b`, `a || b`.
    pub(super) fn both(
        &mut self,
        unit: usize,
        scope: ScopeId,
        a: &Expr,
        b: &Expr,
        and: bool,
    ) -> (Value, Flow) {
        let shell = self.is_shell(unit);
        let at = self.place(unit, a.span.to(b.span));
        let followed = self.asks();
        let mask = (shell && !and).then(|| self.hides(b, at)).flatten();
        let outer = self.masks.last().copied().flatten();
        let (unseen, last, kept) = if shell { self.sides(and, b) } else { (None, None, false) };
        let pushed = shell && (!and || unseen.is_some());
        if pushed {
            // What stands behind `||` deals with the failure, or hands it on.
            self.masks.push(mask.or(unseen).or(outer.filter(|_| !and && hands_on(b))));
        }
        let first = self.events.len();
        let (mut left, mut flow) = self.expr(unit, scope, a);
        if pushed {
            self.masks.pop();
        }
        self.asked(followed);
        if kept {
            let outcome = self.kept_in_variable(first, at, &left);
            left = left.with(&outcome);
        }
        if !flow.falls {
            if mask.is_some() && flow.guarded && flow.exits && self.is_guard_itself(a) {
                // Whether the guard ends the shell itself is a detail of its body; who calls it
                // has decided that its failure does not count.
                let guard = self.last_guard_stop().or(Some(at));
                self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
                return (Value::new(Kind::Bool(true)), Flow::normal());
            }
            return (left, flow);
        }
        let taken = match (self.truth(&left), and) {
            (Truth::Yes, true) | (Truth::No, false) => {
                self.masks.extend(last.map(Some));
                let (right, mut next) = self.expr(unit, scope, b);
                self.masks.truncate(self.masks.len() - usize::from(last.is_some()));
                let relevant =
                    left.taint.has(|s| s.ci) && self.world == World::NoCi || left.taint.has(|s| s.verdict);
                if next.stops() && relevant && !next.guarded {
                    next.guarded = true;
                    self.tells_well(&next);
                    self.guard_stop(at);
                }
                if mask.is_some() && relevant && next.falls {
                    let guard = self.last_guard_stop().or(Some(at));
                    self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
                }
                flow.then(next);
                // What decides is the right one; the left one is known. Where that one is the guard's
                // question, the right one is a way past it.
                let mut right = right;
                if relevant || !matches!(right.kind, Kind::Unknown(_)) {
                    right.taint = right.taint.and(&left.taint);
                }
                return (right, flow);
            }
            (Truth::Unknown, _) => true,
            _ => false,
        };
        if !taken {
            return (left, flow);
        }
        let left_taint = left.taint.clone();
        if !kept && (acts(b) || shell && mask.is_none()) {
            self.heed(&left_taint);
        }
        // `npm ci && guard check` fails with what stands before it; a test of a variable does not.
        let steered = is_switch(&left_taint);
        let (right, _, next) = self.fork_values(
            at,
            &left_taint,
            |w| {
                w.uncertain += usize::from(steered);
                w.masks.extend(last.map(Some));
                let right = w.expr(unit, scope, b);
                w.masks.truncate(w.masks.len() - usize::from(last.is_some()));
                w.uncertain -= usize::from(steered);
                right
            },
            |_| (Value::undefined(), Flow::normal()),
        );
        flow.then(next);
        // An unknown left and a decided right: `x && false` is false, `x || true` is true.
        let value = match (self.truth(&right), and) {
            (Truth::No, true) => Value { kind: Kind::Bool(false), taint: right.taint.clone() },
            (Truth::Yes, false)
                if !matches!(right.kind, Kind::Typed(_) | Kind::Text(_) | Kind::Object(_)) =>
            {
                Value { kind: Kind::Bool(true), taint: right.taint.clone() }
            }
            // `x && true` is just as unknown as `x` is.
            (Truth::Yes, true) | (Truth::No, false) if matches!(right.kind, Kind::Bool(_)) => {
                // `!relaxed && CI !== "true"`: the guard's question is asked there, and the left side
                // leads past it.
                let asked = |taint: &Taint| taint.has(|s| s.ci) && self.world == World::NoCi;
                if asked(&right.taint) {
                    let what = if asked(&left_taint) { "condition" } else { PAST };
                    Value::tainted(what, left_taint.and(&right.taint))
                } else {
                    Value::tainted("condition", left_taint)
                }
            }
            _ => {
                let joined = if and { right.clone() } else { left.join(&right) };
                Value { kind: soften(joined.kind), taint: left_taint.and(&right.taint) }
            }
        };
        (value, flow)
    }
}
