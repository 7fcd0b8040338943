//! Calls: what is called, with which arguments.

use crate::reach::eval::Walker;
use crate::reach::eval::alternatives;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::mask::is_caught;
use crate::reach::eval::surroundings;
use crate::reach::event::{EventKind, ExcuseKind, Mask};
use crate::reach::value::{Closure, Kind, ScopeId, Taint, Value};
use crate::words::flow::{Call, CallKind, Expr, ExprKind};
use crate::words::span::{Place, Span};
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn call(&mut self, unit: usize, scope: ScopeId, call: &Call, span: Span) -> (Value, Flow) {
        if self.is_foreign(unit) {
            return self.foreign_call(unit, scope, call, span);
        }
        let at = self.place(unit, span);
        let mut flow = Flow::normal();
        let first = self.events.len();
        let (callee, receiver) = match &*call.callee.kind {
            ExprKind::Member { of, name } => {
                let (of_value, next) = self.expr(unit, scope, of);
                flow.then(next);
                (None, Some((of_value, name.clone(), of.clone())))
            }
            ExprKind::Index { of, key } => {
                let (of_value, next) = self.expr(unit, scope, of);
                flow.then(next);
                let (key, next) = self.expr(unit, scope, key);
                flow.then(next);
                if let Some(name) = key.known_text() {
                    (None, Some((of_value, name.to_owned(), of.clone())))
                } else {
                    let member = self.index(&of_value, &key, true, at);
                    if !matches!(member.kind, Kind::Typed(_)) {
                        self.calls_some_member(&of_value, at);
                    }
                    (Some(member), None)
                }
            }
            _ => {
                let (value, next) = self.expr(unit, scope, &call.callee);
                flow.then(next);
                (Some(value), None)
            }
        };
        let promised = first..self.events.len();
        let promised_end = promised.end;
        let mut args = Vec::new();
        for arg in &call.args {
            if let ExprKind::Spread(inner) = &*arg.kind {
                let (value, next) = self.expr(unit, scope, inner);
                flow.then(next);
                match &value.kind {
                    Kind::List(items, false) => args.extend(items.iter().cloned()),
                    _ => args.push(Value::tainted("arguments", value.taint)),
                }
                continue;
            }
            let (value, next) = self.expr(unit, scope, arg);
            flow.then(next);
            args.push(value);
        }
        if !flow.falls {
            return (Value::undefined(), flow);
        }
        if let Some((_, name, of)) = &receiver {
            if name == "finally" && !is_caught(of) && args.first().is_some_and(|h| self.ends_well(h)) {
                let mask = Mask { at, silent: true, shell: false };
                self.events[promised.clone()].iter_mut().for_each(|e| e.mask = e.mask.or(Some(mask)));
            }
            let handler = match name.as_str() {
                "catch" => args.first(),
                "then" => args.get(1),
                _ => None,
            };
            let depth = self.masks.len();
            if let Some(mask) = handler.and_then(|h| self.handler_mask(h, at)) {
                let open = self.events[promised].iter_mut().filter(|event| event.dealt <= depth);
                open.for_each(|event| event.mask = event.mask.or(Some(mask)));
                // A promise that was kept has its failures from where it was made.
                if let Some((Value { kind: Kind::Promise(promise), .. }, ..)) = &receiver
                    && let Some(events) = self.events.get_mut(promise.events.clone())
                {
                    for event in events.iter_mut().filter(|event| event.dealt <= depth) {
                        event.mask = event.mask.or(Some(mask));
                    }
                }
            } else if handler.is_some_and(|h| matches!(h.kind, Kind::Function(_))) {
                self.events[promised].iter_mut().for_each(|event| event.dealt = event.dealt.max(depth + 1));
            }
        }
        if let Some((of_value, name, of)) = &receiver {
            self.take_in(scope, of_value, name, of, &args);
        }
        self.given_since = promised_end;
        let of_environment = surroundings::is_given(&args)
            || receiver.as_ref().is_some_and(|(of, name, _)| {
                surroundings::is_copy(of) || surroundings::asks(name) && surroundings::is_environment(of)
            });
        let asked = of_environment.then(|| {
            let method = receiver.as_ref().map(|(_, name, _)| name.clone());
            let name = args.iter().find_map(Value::known_text).map(str::to_owned);
            (method, name)
        });
        let arg_place = call.args.first().map_or(at, |a| self.place(unit, a.span));
        let (value, next) = match (callee, receiver) {
            (Some(callee), _) => self.invoke(&callee, args, call, at, arg_place),
            (None, Some((of_value, name, of))) => {
                self.invoke_member(scope, &of_value, &name, &of, args, call, at)
            }
            _ => (Value::unknown("call"), Flow::normal()),
        };
        let value = match asked {
            Some((method, name)) => surroundings::answer(method.as_deref(), name.as_deref(), value),
            None => value,
        };
        let next = if call.optional && next.stops() { Flow { falls: true, ..next } } else { next };
        flow.then(next);
        (value, flow)
    }

    /// Calls a value.
    pub(super) fn invoke(
        &mut self,
        callee: &Value,
        args: Vec<Value>,
        call: &Call,
        at: Place,
        _arg: Place,
    ) -> (Value, Flow) {
        if !self.step() {
            return (Value::unknown("call"), Flow::normal());
        }
        self.depth += 1;
        let result = self.invoke_inner(callee, args, call, at);
        self.depth -= 1;
        result
    }

    pub(super) fn invoke_inner(
        &mut self,
        callee: &Value,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        match &callee.kind {
            Kind::Function(closure) => {
                let this = closure.this.clone();
                let mut args = args;
                if args.is_empty() && callee.taint.has(|s| s.arguments) && self.is_python(closure.unit) {
                    // The command line gives what the call leaves out.
                    let closure = Rc::clone(closure);
                    self.commands.retain(|command| !Rc::ptr_eq(command, &closure));
                    let (value, mut flow) = self.call_as_command(&closure, at);
                    if flow.falls {
                        let next = self.call_commands(at);
                        flow.then(next);
                    }
                    return (value, flow);
                }
                if args.is_empty() && self.has_defaults(closure) {
                    // Called without arguments for sure: then the defaults hold.
                    args.push(Value::undefined());
                }
                if call.kind == CallKind::New {
                    let this = Value::object(std::collections::BTreeMap::new(), true);
                    return self.call_function(closure, args, at, Some(this));
                }
                self.call_function(closure, args, at, this)
            }
            Kind::Object(object) if alternatives::is_choice(object) => {
                self.call_any(object, &callee.taint, &args, call, at)
            }
            Kind::Class(class) => self.construct(class, args, at),
            Kind::Api(path) => {
                let path = Rc::clone(path);
                if let Some(value) = self.replaced(&path) {
                    return match &value.kind {
                        Kind::Function(closure) => self.call_function(closure, args, at, None),
                        _ => (Value::unknown("value"), Flow::normal()),
                    };
                }
                self.call_api(&path, args, call, at)
            }
            Kind::Typed(_) => self.call_typed(callee, args, call, at),
            Kind::Method(method) => {
                let (owner, name) = (method.0.clone(), method.1.clone());
                let of = Expr::new(ExprKind::Undefined, Span::default());
                self.invoke_member(0, &owner, &name, &of, args, call, at)
            }
            Kind::Module(file) => {
                let value = self
                    .modules
                    .get(file)
                    .and_then(|m| m.whole.clone())
                    .or_else(|| self.member_of_module(*file, "default"));
                match value {
                    Some(value) if !matches!(value.kind, Kind::Module(_)) => {
                        self.invoke(&value, args, call, at, at)
                    }
                    _ => self.call_unknown(callee, args, at),
                }
            }
            _ => self.call_unknown(callee, args, at),
        }
    }

    /// Nothing is known of what is called: functions given to it may run, any number of times.
    pub(super) fn call_unknown(&mut self, callee: &Value, args: Vec<Value>, at: Place) -> (Value, Flow) {
        let mut taint = callee.taint.clone();
        for arg in &args {
            taint = taint.and(&arg.taint);
            // Whoever it is given to may look at it.
            self.heed(&arg.taint);
        }
        if callee.taint.has(|s| !s.outcomes.is_empty()) {
            // `results.forEach(…)`: what it is called with tells as much as the results.
            let item = Value::tainted("item", callee.taint.clone());
            self.run_callbacks_with(&args, &[item.clone(), item.clone(), item], at);
        } else {
            self.run_callbacks(&args, at);
        }
        let value = match &callee.kind {
            Kind::Unknown(label) => Value::part_of(label, ["(…)", ""], taint),
            _ => Value::tainted("call", taint),
        };
        (value, Flow::normal())
    }

    /// Functions among the arguments may run later, or not at all.
    pub(super) fn run_callbacks(&mut self, args: &[Value], at: Place) {
        self.run_callbacks_with(args, &[], at);
    }

    /// The same, where it is known with what they are called.
    pub(super) fn run_callbacks_with(&mut self, args: &[Value], given: &[Value], at: Place) {
        for arg in args {
            let closures: Vec<Rc<Closure>> = match &arg.kind {
                Kind::Function(closure) => vec![Rc::clone(closure)],
                Kind::Object(object) => object
                    .entries
                    .values()
                    .filter_map(|v| match &v.kind {
                        Kind::Function(closure) => Some(Rc::clone(closure)),
                        _ => None,
                    })
                    .collect(),
                Kind::List(items, _) => items
                    .iter()
                    .filter_map(|v| match &v.kind {
                        Kind::Function(closure) => Some(Rc::clone(closure)),
                        _ => None,
                    })
                    .collect(),
                _ => continue,
            };
            for closure in closures {
                self.handler += 1;
                let mark = self.mark();
                let held = self.held.clone();
                let stops = self.events.len();
                let (value, flow) = self.call_function(&closure, given.to_vec(), at, closure.this.clone());
                self.heed(&value.taint);
                self.handler -= 1;
                let guarded = flow.guarded && !flow.falls
                    || matches!(&value.kind, Kind::Promise(p) if p.failing.is_some());
                if guarded || !flow.falls {
                    self.undo(mark);
                    self.held = held;
                    if guarded && self.events[stops..].iter().any(|e| matches!(e.kind, EventKind::GuardStop))
                    {
                        let guard = self.last_guard_stop();
                        self.excuse(ExcuseKind::Conditional, at, Taint::default(), guard);
                    }
                } else {
                    let writes = self.undo(mark);
                    let mark = self.mark();
                    self.merge(writes, true, mark, true, &Taint::default());
                    self.hold(&held);
                }
            }
        }
    }
}
