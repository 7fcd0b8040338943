//! Calls of the repository's own functions and classes.

use std::rc::Rc;

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::node::{exits_well, mask_of};
use crate::reach::eval::{Flow, Item, RECURSION, Walker};
use crate::reach::event::{EventKind, ExcuseKind, Mask, World};
use crate::reach::value::{ClassValue, Closure, Failing, Kind, Object, Promise, ScopeId, Taint, Value};
use crate::words::flow::{Call, CallKind, Expr, ExprKind};
use crate::words::span::{Place, Span};

impl Walker<'_> {
    pub(crate) fn call(&mut self, unit: usize, scope: ScopeId, call: &Call, span: Span) -> (Value, Flow) {
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
                match key.known_text() {
                    Some(name) => (None, Some((of_value, name.to_owned(), of.clone()))),
                    None => (Some(self.index(&of_value, &key, true, at)), None),
                }
            }
            _ => {
                let (value, next) = self.expr(unit, scope, &call.callee);
                flow.then(next);
                (Some(value), None)
            }
        };
        let promised = first..self.events.len();
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
            if let Some(mask) = handler.and_then(|h| self.handler_mask(h, at)) {
                self.events[promised].iter_mut().for_each(|e| e.mask = e.mask.or(Some(mask)));
            }
        }
        let arg_place = call.args.first().map_or(at, |a| self.place(unit, a.span));
        let (value, next) = match (callee, receiver) {
            (Some(callee), _) => self.invoke(&callee, args, call, at, arg_place),
            (None, Some((of_value, name, of))) => {
                self.invoke_member(unit, scope, &of_value, &name, &of, args, call, at)
            }
            _ => (Value::unknown("call"), Flow::normal()),
        };
        let next = if call.optional && next.stops() { Flow { falls: true, ..next } } else { next };
        flow.then(next);
        (value, flow)
    }

    fn has_defaults(&self, closure: &Closure) -> bool {
        self.unit(closure.unit)
            .and_then(|u| u.functions.get(closure.id.0 as usize))
            .is_some_and(|f| f.params.iter().any(|p| p.default.is_some()) && f.params.iter().all(|p| !p.rest))
    }

    /// Whether a function given to `finally` ends the program as if all were well.
    fn ends_well(&self, handler: &Value) -> bool {
        let Kind::Function(closure) = &handler.kind else { return false };
        self.unit(closure.unit)
            .and_then(|u| u.functions.get(closure.id.0 as usize))
            .is_some_and(|f| f.body.iter().any(exits_well))
    }

    /// Whether a function given to `catch` hides the failure that it is given.
    fn handler_mask(&self, handler: &Value, at: Place) -> Option<Mask> {
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

    /// Calls a value.
    pub(crate) fn invoke(
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

    fn invoke_inner(&mut self, callee: &Value, args: Vec<Value>, call: &Call, at: Place) -> (Value, Flow) {
        match &callee.kind {
            Kind::Function(closure) => {
                let this = closure.this.clone();
                let mut args = args;
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
                self.invoke_member(0, 0, &owner, &name, &of, args, call, at)
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
    pub(crate) fn call_unknown(&mut self, callee: &Value, args: Vec<Value>, at: Place) -> (Value, Flow) {
        let mut taint = callee.taint.clone();
        for arg in &args {
            taint = taint.and(&arg.taint);
        }
        self.run_callbacks(&args, at);
        let label = match &callee.kind {
            Kind::Unknown(label) => format!("{label}(…)"),
            _ => "call".to_owned(),
        };
        (Value::tainted(&label, taint), Flow::normal())
    }

    /// Functions among the arguments may run later, or not at all.
    pub(crate) fn run_callbacks(&mut self, args: &[Value], at: Place) {
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
                let (value, flow) = self.call_function(&closure, Vec::new(), at, closure.this.clone());
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
                    self.held.extend(held);
                }
            }
        }
    }

    pub(crate) fn call_function(
        &mut self,
        closure: &Rc<Closure>,
        args: Vec<Value>,
        at: Place,
        this: Option<Value>,
    ) -> (Value, Flow) {
        let key = (closure.unit, closure.id);
        if self.calls.iter().filter(|c| **c == key).count() >= RECURSION || self.calls.len() > 60 {
            return (Value::unknown("result"), Flow::normal());
        }
        let Some((handle, file)) = self.units.get(closure.unit).cloned() else {
            return (Value::unknown("result"), Flow::normal());
        };
        let Some(function) = handle.unit().and_then(|u| u.functions.get(closure.id.0 as usize)) else {
            return (Value::unknown("result"), Flow::normal());
        };
        self.called.insert((closure.unit, closure.id.0));
        if let Some((items, _)) = self.recording.last_mut() {
            items.push(Item::Called((closure.unit, closure.id.0)));
        }
        let is_check = function
            .name
            .as_ref()
            .is_some_and(|name| self.context.fingerprints.contains(&(file, name.clone())));
        let scope = self.new_scope(Some(closure.scope), true);
        let shell = self.is_shell(closure.unit);
        if let Some(this) = this {
            self.bind(scope, "this", this);
        }
        if shell {
            for (at, arg) in args.iter().enumerate() {
                self.bind(scope, &super::node::variable_key(&(at + 1).to_string()), arg.clone());
            }
            self.bind(scope, &super::node::variable_key("@"), Value::list(args.clone()));
            self.bind(scope, &super::node::variable_key("#"), Value::text(args.len().to_string()));
        }
        let mut flow = Flow::normal();
        for (index, param) in function.params.iter().enumerate() {
            let mut value = if param.rest {
                Value::list(args.iter().skip(index).cloned().collect())
            } else {
                args.get(index).cloned().unwrap_or_else(|| {
                    if args.is_empty() { Value::unknown(&param.name) } else { Value::undefined() }
                })
            };
            if matches!(value.kind, Kind::Undefined)
                && let Some(default) = &param.default
            {
                let (given, next) = self.expr(closure.unit, scope, default);
                flow.then(next);
                value = given;
            }
            if matches!(value.kind, Kind::Unknown(_)) {
                let typed = param
                    .type_name
                    .as_deref()
                    .and_then(Self::by_annotation)
                    .or_else(|| Self::by_name(&param.name));
                if let Some(mut typed) = typed {
                    typed.taint = value.taint.clone();
                    value = typed;
                }
            }
            self.bind(scope, &param.name, value);
        }
        if shell {
            self.status = Value::new(Kind::Bool(true));
        }
        self.calls.push(key);
        self.stack.push(at);
        let depth = std::mem::take(&mut self.depth);
        self.depth = depth + 1;
        if is_check {
            self.fingerprint += 1;
            let url = args.iter().fold(Taint::default(), |t, a| t.and(&a.taint));
            self.fingerprint_taint = url;
        }
        let awaited = std::mem::replace(&mut self.awaited, false);
        let body = self.block(closure.unit, scope, &function.body);
        let body_awaited = std::mem::replace(&mut self.awaited, awaited);
        if is_check {
            self.fingerprint -= 1;
        }
        self.depth = depth;
        self.stack.pop();
        self.calls.pop();
        let events_carried = Vec::new();
        flow.then(body);
        flow.breaks = false;
        flow.continues = false;
        let returned = flow.returns.take();
        let mut value = match &returned {
            Some(returned) if flow.falls && !shell => returned.value.join(&Value::undefined()),
            Some(returned) => returned.value.clone(),
            None => Value::undefined(),
        };
        if shell {
            value = match &returned {
                Some(returned) => match &returned.value.kind {
                    Kind::Number(n) => {
                        let ok = *n == 0.0;
                        let taint = if !ok && flow.guarded {
                            self.stop_taint()
                        } else {
                            returned.value.taint.clone()
                        };
                        if flow.falls {
                            Value::tainted("status", taint.and(&self.status.taint))
                        } else {
                            Value { kind: Kind::Bool(ok), taint }
                        }
                    }
                    Kind::Undefined => self.status.clone(),
                    _ => Value::tainted("status", returned.value.taint.clone()),
                },
                None => self.status.clone(),
            };
        }
        // Paths that leave early are why a guard in here did not stop the program.
        let survives = flow.falls || returned.is_some();
        if flow.guarded && survives && self.world != World::Open {
            let early: Vec<(Place, Taint)> = returned.as_ref().map(|r| r.reasons.clone()).unwrap_or_default();
            let guard = self.last_guard_stop();
            let mut any = false;
            for (place, taint) in early {
                if taint.sources().is_none() && !flow.falls {
                    continue;
                }
                any = true;
                let kind = if taint.has(|s| s.ci) && self.world == World::NoCi {
                    ExcuseKind::Loose
                } else {
                    ExcuseKind::Conditional
                };
                self.excuse(kind, place, taint, guard);
            }
            let _ = any;
        }
        // `return` in the taken branch of a failed check: the rest of this function is kept from
        // running, but not what follows the call.
        if flow.guarded && returned.is_some() && !flow.exits && !flow.throws {
            flow.guarded = false;
        }
        if is_check && self.world == World::WrongDatabase {
            let url = self.fingerprint_taint.clone();
            self.note(EventKind::Fingerprint { url: url.clone() }, at);
            let already = flow.guarded;
            // The status of a shell function that ended with the comparison itself tells as much as
            // a returned one; a status that is known needs no asking.
            let tells = if shell {
                matches!(value.kind, Kind::Unknown(_))
                    && (returned.is_some() || value.taint.sources().is_some())
            } else {
                returned.is_some() && !matches!(value.kind, Kind::Undefined)
            };
            if survives && !already && tells {
                // It tells by its result; whoever asks must act on it.
                value = Value { kind: Kind::Unknown(Rc::from("verdict")), taint: Self::verdict_taint() };
                if shell {
                    // A mismatch is what this world is about: it returns the failure, unless
                    // something that a person steers could have made it return before.
                    let reasons = returned.as_ref().map_or(&[][..], |r| r.reasons.as_slice());
                    let steered = |(_, taint): &(Place, Taint)| super::node::is_switch(taint);
                    let always = returned
                        .as_ref()
                        .is_some_and(|r| matches!(r.value.kind, Kind::Number(n) if n != 0.0));
                    if !reasons.iter().any(steered) || always && !reasons.iter().all(steered) {
                        value.kind = Kind::Bool(false);
                    }
                }
            }
        }
        flow.falls = survives;
        if function.is_async {
            let failing = match (survives, flow.throws, flow.exits) {
                (false, _, true) if !body_awaited => {
                    // It ended the program before anything was awaited.
                    return (Value::undefined(), flow);
                }
                (false, true, _) => Some(Failing::Throws { by_guard: flow.guarded }),
                (false, _, true) => Some(Failing::Exits { by_guard: flow.guarded }),
                _ => None,
            };
            let inner = match &value.kind {
                Kind::Promise(promise) => promise.value.clone(),
                _ => value,
            };
            let promise = Promise { value: inner, failing, events: events_carried };
            return (
                Value::new(Kind::Promise(Rc::new(promise))),
                Flow { falls: true, guarded: false, ..Flow::default() },
            );
        }
        (value, flow)
    }

    fn construct(&mut self, class: &Rc<ClassValue>, args: Vec<Value>, at: Place) -> (Value, Flow) {
        let Some((handle, _)) = self.units.get(class.unit).cloned() else {
            return (Value::unknown("object"), Flow::normal());
        };
        let Some(found) = handle.unit().and_then(|u| u.classes.get(class.id.0 as usize)) else {
            return (Value::unknown("object"), Flow::normal());
        };
        // A subclass of a library's class is that class, with more methods.
        let mut root = class.base.clone();
        while let Some(Value { kind: Kind::Class(base), .. }) = &root {
            root = base.base.clone();
        }
        let mut entries = std::collections::BTreeMap::new();
        for member in &found.members {
            if let (false, crate::words::flow::MemberValue::Field(value)) = (member.is_static, &member.value)
            {
                let value = match value {
                    Some(value) => self.expr(class.unit, class.scope, value).0,
                    None => member
                        .type_name
                        .as_deref()
                        .and_then(Self::by_annotation)
                        .unwrap_or_else(|| Value::unknown(&member.name)),
                };
                entries.insert(member.name.clone(), value);
            }
        }
        if let Some(Value { kind: Kind::Api(path), .. }) = &root {
            let call = Call {
                callee: Expr::new(ExprKind::Undefined, at.span),
                args: Vec::new(),
                kind: CallKind::New,
                optional: false,
                type_args: Vec::new(),
            };
            let (value, _) = self.call_api(path, args.clone(), &call, at);
            if matches!(value.kind, Kind::Typed(_)) {
                entries.insert("\u{0}base".to_owned(), value);
            }
        }
        let object = Object { entries, open: true, class: Some(Rc::clone(class)) };
        let mut this = Value::new(Kind::Object(Rc::new(object)));
        let mut flow = Flow::normal();
        if let Some(id) = found.constructor {
            let scope = self.new_scope(Some(class.scope), true);
            self.bind(scope, "this", this.clone());
            let closure = Rc::new(Closure { unit: class.unit, id, scope, this: None });
            let (_, next) = self.call_function(&closure, args, at, None);
            flow.then(next);
            if let Some(after) = self.look_up(scope, "this") {
                this = after;
            }
        }
        (this, flow)
    }

    /// The taint of a value that says "a guard failed".
    pub(crate) fn stop_taint(&self) -> Taint {
        match self.world {
            World::WrongDatabase => Self::verdict_taint(),
            _ => Taint::variable("CI"),
        }
    }

    pub(crate) fn stops_here(&self, value: &Value, flow: &Flow) -> bool {
        flow.guarded && !flow.falls
            || self.truth(value) == crate::reach::value::Truth::No
                && (value.taint.has(|s| s.ci) && self.world == World::NoCi || value.taint.has(|s| s.verdict))
    }
}

/// A promise whose failure was dealt with before.
fn is_caught(promise: &Expr) -> bool {
    let ExprKind::Call(call) = &*promise.kind else { return false };
    matches!(&*call.callee.kind, ExprKind::Member { name, .. } if name == "catch")
        || matches!(&*call.callee.kind, ExprKind::Member { name, .. } if name == "then" && call.args.len() > 1)
}
