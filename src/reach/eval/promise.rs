//! Promises: awaited, chained, caught, dropped.

use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::ExcuseKind;
use crate::reach::value::{Failing, Kind, Promise, Taint, Value};
use crate::words::flow::{Call, CallKind, Expr, ExprKind};
use crate::words::span::Place;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The key under which a generator holds how it ends.
const GENERATOR: &str = "\u{0}generator";

impl Walker<'_> {
    pub(super) fn promise_method(
        &mut self,
        promise: &Rc<Promise>,
        name: &str,
        args: Vec<Value>,
        at: Place,
    ) -> (Value, Flow) {
        let original = Value::new(Kind::Promise(Rc::clone(promise)));
        let run = |walker: &mut Self, value: &Value, given: Vec<Value>| -> Option<(Value, Flow)> {
            match &value.kind {
                Kind::Function(closure) => {
                    Some(walker.call_function(closure, given, at, closure.this.clone()))
                }
                _ => None,
            }
        };
        match name {
            "then" => {
                if promise.failing.is_some() {
                    return match (args.get(1), promise.failing) {
                        (Some(handler), Some(Failing::Throws { .. })) => {
                            self.promise_method(promise, "catch", vec![handler.clone()], at)
                        }
                        _ => (original, Flow::normal()),
                    };
                }
                let Some(handler) = args.first() else { return (original, Flow::normal()) };
                if let Some((value, flow)) = run(self, handler, vec![promise.value.clone()]) {
                    (self.promised(value, &flow), Flow::normal())
                } else {
                    self.run_callbacks(&args, at);
                    (
                        Value::new(Kind::Promise(Rc::new(Promise {
                            value: Value::unknown("result"),
                            failing: None,
                            events: 0..0,
                        }))),
                        Flow::normal(),
                    )
                }
            }
            "catch" => {
                let Some(handler) = args.first() else { return (original, Flow::normal()) };
                let mark = self.mark();
                let held = self.held.clone();
                let outcome = run(self, handler, vec![Value::unknown("error")]);
                let (value, flow) = outcome.unwrap_or_else(|| (Value::undefined(), Flow::normal()));
                if let Some(Failing::Throws { by_guard }) = promise.failing {
                    if flow.stops() {
                        if by_guard {
                            self.tells_well(&flow);
                        }
                        let failing = if flow.exits {
                            Failing::Exits { by_guard }
                        } else {
                            Failing::Throws { by_guard }
                        };
                        let promise = Promise { value, failing: Some(failing), events: 0..0 };
                        return (Value::new(Kind::Promise(Rc::new(promise))), Flow::normal());
                    }
                    if by_guard {
                        let stop = self.last_guard_stop();
                        self.excuse(ExcuseKind::Swallowed, at, Taint::default(), stop);
                    }
                    (self.promised(value, &Flow::normal()), Flow::normal())
                } else {
                    // It may fail, or not: what the handler does is only possible.
                    if flow.stops() {
                        self.undo(mark);
                        self.held = held;
                    }
                    (original, Flow::normal())
                }
            }
            "finally" => {
                if let Some(handler) = args.first() {
                    let _ = run(self, handler, Vec::new());
                }
                (original, Flow::normal())
            }
            _ => (Value::unknown(name), Flow::normal()),
        }
    }

    pub(super) fn promised(&mut self, value: Value, flow: &Flow) -> Value {
        if let Kind::Promise(_) = &value.kind {
            return value;
        }
        let failing = match (flow.stops(), flow.exits) {
            (true, true) => Some(Failing::Exits { by_guard: flow.guarded }),
            (true, false) => Some(Failing::Throws { by_guard: flow.guarded }),
            _ => None,
        };
        Value::new(Kind::Promise(Rc::new(Promise { value, failing, events: 0..0 })))
    }

    /// What a generator gives: it runs, and stops, when somebody asks it for something.
    pub(super) fn generator(&mut self, value: Value, flow: &Flow) -> Value {
        let first = self.promised(value, flow);
        Value::object(BTreeMap::from([(GENERATOR.to_owned(), first)]), true)
    }

    /// Somebody asks for the next element.
    pub(super) fn iterated(&mut self, value: &Value, at: Place) -> Option<(Value, Flow)> {
        let Kind::Object(object) = &value.kind else { return None };
        let first = object.entries.get(GENERATOR)?.clone();
        let (_, flow) = self.settle(first, at);
        Some((Value::tainted("item", value.taint.clone()), flow))
    }

    /// A promise's result: a failure on its way happens here.
    pub(super) fn settle(&mut self, value: Value, at: crate::words::span::Place) -> (Value, Flow) {
        let _ = at;
        let Kind::Promise(promise) = &value.kind else { return (value, Flow::normal()) };
        match promise.failing {
            Some(Failing::Throws { by_guard }) => {
                (Value::undefined(), Flow { throws: true, guarded: by_guard, ..Flow::default() })
            }
            Some(Failing::Exits { by_guard }) => {
                (Value::undefined(), Flow { exits: true, guarded: by_guard, ..Flow::default() })
            }
            None => (promise.value.clone().with(&value.taint), Flow::normal()),
        }
    }

    pub(super) fn promise_of(&self, flow: &Flow) -> Value {
        let failing = crate::reach::value::Failing::Throws { by_guard: flow.guarded };
        Value::new(Kind::Promise(Rc::new(crate::reach::value::Promise {
            value: Value::undefined(),
            failing: Some(failing),
            events: 0..0,
        })))
    }
}

impl Walker<'_> {
    /// Among what is raced is a promise that can only be kept: `new Promise((resolve) => …)`.
    pub(super) fn may_win(&self, call: &Call, at: Place) -> bool {
        let Some(ExprKind::List(items)) = call.args.first().map(|arg| &*arg.kind) else { return false };
        let functions = self.unit_of_file.get(&at.file).and_then(|unit| self.unit(*unit));
        let takes_one = |made: &Expr| {
            let ExprKind::Function(id) = &*made.kind else { return false };
            functions
                .and_then(|unit| unit.functions.get(id.0 as usize))
                .is_some_and(|function| function.params.len() == 1)
        };
        items.iter().any(|item| {
            let ExprKind::Call(made) = &*item.kind else { return false };
            made.kind == CallKind::New
                && matches!(&*made.callee.kind, ExprKind::Name(name) if name == "Promise")
                && made.args.first().is_some_and(takes_one)
        })
    }
}
