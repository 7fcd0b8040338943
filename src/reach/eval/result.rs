//! Values that tell how a call ended, and what asks for it: `?`, `.await`, `unwrap`, `is_err`.

use std::rc::Rc;

use crate::knowledge::types::Role;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::{ExcuseKind, World};
use crate::reach::value::{Failing, Kind, Promise, Taint, Truth, Value};
use crate::words::span::Place;

impl Walker<'_> {
    pub(super) fn result_role(&mut self, role: Role, args: &[Value], at: Place) -> (Value, Flow) {
        let first = args.first().cloned().unwrap_or_else(Value::undefined);
        let failing = match &first.kind {
            Kind::Promise(promise) => promise.failing,
            _ => None,
        };
        let by_guard =
            matches!(failing, Some(Failing::Throws { by_guard: true } | Failing::Exits { by_guard: true }));
        match role {
            // A future that nobody drives ends nothing, however it would have ended.
            Role::Raise if matches!(failing, Some(Failing::Exits { .. })) => (first, Flow::normal()),
            Role::Raise => self.settle(first, at),
            Role::Unwrap => {
                let (value, flow) = self.settle(first, at);
                (value, Flow { exits: flow.exits || flow.throws, throws: false, ..flow })
            }
            Role::Drive => match failing {
                Some(Failing::Exits { .. }) => self.settle(first, at),
                Some(Failing::Throws { .. }) => (first, Flow::normal()),
                None => self.settle(first, at),
            },
            Role::Failed => (
                self.outcome_of(Value::undefined(), Some(Failing::Throws { by_guard: false })),
                Flow::normal(),
            ),
            Role::IsWell | Role::IsFailure => {
                let well = role == Role::IsWell;
                if failing.is_some() {
                    if by_guard {
                        let guard = self.last_guard_stop();
                        self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                    }
                    let taint = if by_guard { self.stop_taint() } else { Taint::default() };
                    return (Value::truth(Truth::of(!well), taint), Flow::normal());
                }
                let truth = match &first.kind {
                    Kind::Undefined | Kind::Null => Truth::No,
                    Kind::Variable(name) if &**name == "CI" && self.world == World::NoProof => Truth::Yes,
                    Kind::Unknown(_)
                    | Kind::Variable(_)
                    | Kind::Promise(_)
                    | Kind::Typed(_)
                    | Kind::Api(_)
                    | Kind::Method(_) => Truth::Unknown,
                    _ => Truth::Yes,
                };
                let truth = if well { truth } else { truth.negate() };
                (Value::truth(truth, first.taint), Flow::normal())
            }
            Role::Well => {
                if by_guard {
                    let guard = self.last_guard_stop();
                    self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
                }
                match &first.kind {
                    Kind::Promise(promise) if failing.is_none() => {
                        (promise.value.clone().with(&first.taint), Flow::normal())
                    }
                    Kind::Promise(_) => (Value::undefined(), Flow::normal()),
                    _ => (first, Flow::normal()),
                }
            }
            Role::Instead | Role::InsteadOf => self.instead(role, &first, failing, args.get(1), at),
            Role::Attempt => self.attempt(&first, at),
            Role::Succeeded => {
                let by_guard =
                    first.taint.has(|s| s.ci) && self.world == World::NoCi || first.taint.has(|s| s.verdict);
                let truth = if by_guard { Truth::No } else { Truth::Unknown };
                (Value::truth(truth, first.taint), Flow::normal())
            }
            _ => (first, Flow::normal()),
        }
    }

    fn outcome_of(&self, value: Value, failing: Option<Failing>) -> Value {
        Value::new(Kind::Promise(Rc::new(Promise { value, failing, events: 0..0 })))
    }

    /// `unwrap_or(x)`, `unwrap_or_else(f)`.
    fn instead(
        &mut self,
        role: Role,
        first: &Value,
        failing: Option<Failing>,
        other: Option<&Value>,
        at: Place,
    ) -> (Value, Flow) {
        let other = other.cloned().unwrap_or_else(Value::undefined);
        let mark = self.mark();
        let held = self.held.clone();
        let (given, flow) = match (&other.kind, role) {
            (Kind::Function(closure), Role::InsteadOf) => {
                let closure = Rc::clone(closure);
                self.call_function(&closure, vec![Value::unknown("error")], at, closure.this.clone())
            }
            _ => (other, Flow::normal()),
        };
        if let Some(failing) = failing {
            let (Failing::Throws { by_guard } | Failing::Exits { by_guard }) = failing;
            if flow.stops() {
                return (Value::undefined(), Flow { guarded: by_guard, ..flow });
            }
            if by_guard {
                let guard = self.last_guard_stop();
                self.excuse(ExcuseKind::Swallowed, at, Taint::default(), guard);
            }
            return (given, flow);
        }
        if flow.stops() {
            // It may fail, or not: the way out is only possible.
            self.undo(mark);
            self.held = held;
            let (value, _) = self.settle(first.clone(), at);
            return (value, Flow { falls: true, ..flow });
        }
        let (value, _) = self.settle(first.clone(), at);
        (self.default_of(&value, &given, false), Flow::normal())
    }

    /// Runs a function or waits for a future apart: how it ends is only in the result.
    fn attempt(&mut self, first: &Value, at: Place) -> (Value, Flow) {
        let (value, flow) = match &first.kind {
            Kind::Function(closure) => {
                let closure = Rc::clone(closure);
                self.call_function(&closure, Vec::new(), at, closure.this.clone())
            }
            Kind::Promise(_) => (first.clone(), Flow::normal()),
            _ => return (Value::tainted("result", first.taint.clone()), Flow::normal()),
        };
        if flow.stops() {
            return (
                self.outcome_of(Value::undefined(), Some(Failing::Throws { by_guard: flow.guarded })),
                Flow::normal(),
            );
        }
        match &value.kind {
            Kind::Promise(promise) => {
                let failing = promise.failing.map(|failing| {
                    let (Failing::Throws { by_guard } | Failing::Exits { by_guard }) = failing;
                    Failing::Throws { by_guard }
                });
                (self.outcome_of(promise.value.clone(), failing), Flow::normal())
            }
            _ => (self.outcome_of(value, None), Flow::normal()),
        }
    }
}
