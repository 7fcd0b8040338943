//! Calls of the repository's own functions.

use crate::reach::eval::assign::variable_key;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::module::Item;
use crate::reach::eval::truth::is_switch;
use crate::reach::eval::{RECURSION, Walker};
use crate::reach::event::{EventKind, ExcuseKind, World};
use crate::reach::value::{Closure, Failing, Kind, Promise, Taint, Value};
use crate::words::flow::Dialect;
use crate::words::span::Place;
use std::rc::Rc;

/// How many calls deep a function is followed that nobody is known to call.
const FOLLOWED: usize = 3;
/// How many calls deep any other is followed.
const DEEPEST: usize = 60;

impl Walker<'_> {
    /// Walks a function's body, unless the same call is known to do nothing.
    pub(super) fn call_function(
        &mut self,
        closure: &Rc<Closure>,
        args: Vec<Value>,
        at: Place,
        this: Option<Value>,
    ) -> (Value, Flow) {
        let function = (closure.unit, closure.id);
        if self.memo.times(function) >= RECURSION {
            self.memo.comes_round(function);
            return (Value::unknown("result"), Flow::normal());
        }
        // What nobody starts is looked into function by function, each where it stands; following all
        // calls from each of them would be the same again, many times over.
        let unstarted = self.lazy && self.speculative && self.is_looked_through(closure.unit);
        if self.memo.depth() > if unstarted { FOLLOWED - 1 } else { DEEPEST } {
            self.memo.too_deep();
            return (Value::unknown("result"), Flow::normal());
        }
        let key = self.quiet_key(closure, &args, this.as_ref());
        if let Some(value) = key.as_ref().and_then(|asked| self.memo.known(&asked.key)) {
            return (value, Flow::normal());
        }
        let before = self.evidence();
        let frame = self.enter();
        self.memo.begin(function);
        let result = self.walk_function(closure, args, at, this);
        let quiet = key.filter(|_| self.was_quiet(before, &result)).map(|key| (key, result.0.clone()));
        self.memo.end(quiet);
        self.leave(&frame, &result.0);
        result
    }

    fn walk_function(
        &mut self,
        closure: &Rc<Closure>,
        args: Vec<Value>,
        at: Place,
        this: Option<Value>,
    ) -> (Value, Flow) {
        let Some((handle, file)) = self.units.get(closure.unit).cloned() else {
            return (Value::unknown("result"), Flow::normal());
        };
        let Some(function) = handle.unit().and_then(|u| u.functions.get(closure.id.0 as usize)) else {
            return (Value::unknown("result"), Flow::normal());
        };
        self.called.insert((closure.unit, closure.id.0));
        if let Some((items, _)) = self.recording.last_mut() {
            items.push(Item::Called((closure.unit, closure.id.0)));
            if self.module_stack.last() != Some(&file) {
                self.called_by_others.insert(closure.unit);
            }
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
                self.bind(scope, &variable_key(&(at + 1).to_string()), arg.clone());
            }
            self.bind(scope, &variable_key("@"), Value::list(args.clone()));
            self.bind(scope, &variable_key("#"), Value::text(args.len().to_string()));
        }
        let mut flow = Flow::normal();
        let python = self.is_python(closure.unit);
        let arranged = python && !args.is_empty();
        let args = if arranged { self.arranged(function, args) } else { args };
        for (index, param) in function.params.iter().enumerate() {
            let mut value = if param.rest && !arranged {
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
                    .and_then(|name| self.by_type(closure.unit, name))
                    .or_else(|| self.hint(closure.unit, &param.name))
                    .or_else(|| self.annotated(closure.unit, closure.scope, param.type_name.as_deref()?));
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
        self.stack.push(at);
        let depth = std::mem::take(&mut self.depth);
        self.depth = depth + 1;
        let first = self.events.len();
        let mut named = Vec::new();
        if is_check {
            self.fingerprint += 1;
            let url = args.iter().fold(Taint::default(), |t, a| t.and(&a.taint));
            self.fingerprint_taint = url;
            named = args.iter().flat_map(texts_in).collect();
        }
        let awaited = std::mem::replace(&mut self.awaited, false);
        // How it ends is its caller's to see.
        let followed = std::mem::take(&mut self.followed);
        let body = self.block(closure.unit, scope, &function.body);
        self.followed = followed;
        let body_awaited = std::mem::replace(&mut self.awaited, awaited);
        if is_check {
            self.fingerprint -= 1;
        }
        self.depth = depth;
        self.stack.pop();
        let events_carried = first..self.events.len();
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
            for (place, taint) in early {
                if taint.sources().is_none() && !flow.falls && self.world != World::NoCi {
                    continue;
                }
                let kind = if taint.has(|s| s.ci) && self.world == World::NoCi {
                    ExcuseKind::Loose
                } else {
                    ExcuseKind::Conditional
                };
                self.excuse(kind, place, taint, guard);
            }
        }
        // `return` in the taken branch of a failed check: the rest of this function is kept from
        // running, but not what follows the call.
        if flow.guarded && returned.is_some() && !flow.exits && !flow.throws {
            flow.guarded = false;
        }
        if is_check {
            // What it asked was asked of a database, and that is the one that it looked at.
            let asked = self.events[first..].iter().filter_map(|event| match &event.kind {
                EventKind::Reads { url } => Some(url),
                _ => None,
            });
            self.fingerprint_taint = asked.fold(self.fingerprint_taint.clone(), |taint, url| taint.and(url));
        }
        if is_check && self.world == World::Open {
            // On the wrong database the first check ends the program; here every one is seen.
            let url = self.fingerprint_taint.clone();
            self.note(EventKind::Fingerprint { url, named: std::mem::take(&mut named) }, at);
        }
        if is_check && self.world == World::WrongDatabase {
            let url = self.fingerprint_taint.clone();
            self.note(EventKind::Fingerprint { url: url.clone(), named }, at);
            let already = flow.guarded;
            if flow.guarded && flow.exits && !survives && flow.well.is_none() && self.has_asked(first) {
                // Where there is no mark at all, the question itself fails before the answer is judged.
                match handle.unit().map(|u| u.dialect) {
                    Some(Dialect::Python) => flow.asks = true,
                    Some(Dialect::JavaScript) => (flow.exits, flow.throws) = (false, true),
                    _ => {}
                }
            }
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
                    let steered = |(_, taint): &(Place, Taint)| is_switch(taint);
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
        if python && function.is_generator {
            // Its body starts when somebody asks for the first element, and not when it is called.
            return (value, Flow::normal());
        }
        if function.is_generator {
            return (self.generator(value, &flow), Flow::normal());
        }
        if function.is_async {
            let failing = match (survives, flow.throws, flow.exits) {
                // (Where a call only makes a coroutine, nothing of it has run yet.)
                (false, _, true) if !body_awaited && !python => {
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
}

/// The texts of an argument, itself or by its keys.
fn texts_in(value: &Value) -> Vec<String> {
    match &value.kind {
        Kind::Object(object) => {
            object.entries.values().filter_map(Value::known_text).map(str::to_owned).collect()
        }
        _ => value.known_text().map(str::to_owned).into_iter().collect(),
    }
}
