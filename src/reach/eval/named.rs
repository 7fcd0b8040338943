//! Named arguments, decorators, context managers, and functions that a command line calls.

use crate::reach::eval::Walker;
use crate::reach::eval::argument::arguments;
use crate::reach::eval::flow::Flow;
use crate::reach::value::{Closure, Kind, Object, Value};
use crate::words::flow::{Call, Dialect, Expr, ExprKind, Function};
use crate::words::span::{FileId, Place, Span};
use std::rc::Rc;

/// The key that tells an object of named arguments from one that is written as an argument.
const NAMED: &str = "%named";
/// How the parameter is called that takes what no other names.
const OTHERS: &str = "**";

impl Walker<'_> {
    pub(super) fn is_python(&self, unit: usize) -> bool {
        self.unit(unit).is_some_and(|u| u.dialect == Dialect::Python)
    }

    /// What something of this name is taken for, in the language of a unit.
    pub(super) fn hint(&self, unit: usize, name: &str) -> Option<Value> {
        if self.is_python(unit) { Self::by_python_name(name) } else { Self::by_name(name) }
    }

    /// The same, where only the file is at hand.
    pub(super) fn hint_in(&self, file: Option<FileId>, name: &str) -> Option<Value> {
        match file.map(|file| self.context.sources.file(file).kind) {
            Some(crate::lang::Kind::Python) => Self::by_python_name(name),
            _ => Self::by_name(name),
        }
    }

    /// Arguments in the order of the parameters; one that is not given is undefined.
    pub(super) fn arranged(&self, function: &Function, mut args: Vec<Value>) -> Vec<Value> {
        let named = named_object(&args);
        if named.is_some() {
            args.pop();
        }
        let mut given = named.as_ref().map(|o| o.entries.clone()).unwrap_or_default();
        given.remove(NAMED);
        let open = named.as_ref().is_some_and(|o| o.open);
        let rest_at = function.params.iter().position(|p| p.rest);
        let mut out = Vec::new();
        for (index, param) in function.params.iter().enumerate() {
            let by_place = rest_at.is_none_or(|rest| index < rest);
            let value = if param.rest {
                Value::list(args.iter().skip(index).cloned().collect())
            } else if param.name.starts_with(OTHERS) {
                let taint = named_taint(&given);
                Value::object(std::mem::take(&mut given), open).with(&taint)
            } else if let Some(value) = given.remove(&param.name) {
                value
            } else if let Some(value) = args.get(index).filter(|_| by_place) {
                value.clone()
            } else if open {
                Value::unknown(&param.name)
            } else {
                Value::undefined()
            };
            out.push(value);
        }
        out
    }

    /// Calls a function as the command line does: nobody knows with what.
    pub(super) fn call_as_command(&mut self, closure: &Rc<Closure>, at: Place) -> (Value, Flow) {
        let count = self
            .unit(closure.unit)
            .and_then(|u| u.functions.get(closure.id.0 as usize))
            .map_or(0, |f| f.params.len());
        let args = (0..count).map(|_| Value::tainted("option", arguments())).collect();
        let (value, flow) = self.call_function(closure, args, at, closure.this.clone());
        self.settle_with(value, flow, at)
    }

    /// The commands that decorators have registered: any of them may be the one that is called.
    pub(super) fn call_commands(&mut self, at: Place) -> Flow {
        let commands = std::mem::take(&mut self.commands);
        let mut flow = Flow::normal();
        for closure in &commands {
            let mark = self.mark();
            let held = self.held.clone();
            let (_, next) = self.call_as_command(closure, at);
            self.undo(mark);
            self.held = held;
            let falls = flow.falls;
            flow.absorb(Flow { returns: None, ..next });
            flow.falls = falls;
        }
        flow
    }

    fn settle_with(&mut self, value: Value, mut flow: Flow, at: Place) -> (Value, Flow) {
        if flow.falls && matches!(value.kind, Kind::Promise(_)) {
            let (value, next) = self.settle(value, at);
            flow.then(next);
            return (value, flow);
        }
        (value, flow)
    }

    /// `@decorator def function`: what the name stands for afterwards.
    pub(super) fn decorate(&mut self, args: &[Value], call: &Call, at: Place) -> (Value, Flow) {
        let (Some(by), Some(function)) = (args.first(), args.get(1)) else {
            return (Value::unknown("function"), Flow::normal());
        };
        if by.taint.has(|s| s.arguments) {
            // A function inside of another is gone when that one ends.
            if let Kind::Function(closure) = &function.kind
                && self.scopes.get(closure.scope).is_some_and(|scope| scope.parent.is_none())
            {
                self.commands.push(Rc::clone(closure));
            }
            return (function.clone().with(&arguments()), Flow::normal());
        }
        match &by.kind {
            Kind::Function(closure) => {
                let closure = Rc::clone(closure);
                let given = vec![function.clone()];
                let (value, flow) = self.call_function(&closure, given, at, closure.this.clone());
                let value = if matches!(value.kind, Kind::Function(_)) { value } else { function.clone() };
                (value.with(&function.taint), flow)
            }
            Kind::Typed(_) | Kind::Method(_) | Kind::Api(_) => {
                // A server's route runs it for every request.
                let before = self.serves;
                self.handler += 1;
                let held = self.held.clone();
                let mark = self.mark();
                if let Kind::Typed(typed) = &by.kind
                    && typed.ty == "server"
                    && let Kind::Function(closure) = &function.kind
                {
                    let closure = Rc::clone(closure);
                    let _ = self.call_function(&closure, Vec::new(), at, None);
                }
                self.undo(mark);
                self.held = held;
                self.handler -= 1;
                self.serves = before;
                let _ = call;
                (function.clone(), Flow::normal())
            }
            _ => (function.clone(), Flow::normal()),
        }
    }

    /// `with x as y`: what `y` is.
    pub(super) fn entered(&mut self, held: &Value, call: &Call, at: Place) -> (Value, Flow) {
        let Kind::Object(object) = &held.kind else {
            return self.settle_with(held.clone(), Flow::normal(), at);
        };
        let Some(class) = object.class.clone() else { return (held.clone(), Flow::normal()) };
        for method in ["__enter__", "__aenter__"] {
            if self.class_member(&class, method, false).is_some() {
                let of = Expr::new(ExprKind::Undefined, Span::default());
                let (value, flow) = self.invoke_member(0, held, method, &of, Vec::new(), call, at);
                let (value, flow) = self.settle_with(value, flow, at);
                let value = if matches!(value.kind, Kind::Undefined) { held.clone() } else { value };
                return (value, flow);
            }
        }
        if let Some(base) = object.entries.get("\u{0}base") {
            return (base.clone(), Flow::normal());
        }
        (held.clone(), Flow::normal())
    }
}

/// The object of named arguments, when there is one.
pub(super) fn named_object(args: &[Value]) -> Option<Rc<Object>> {
    match &args.last()?.kind {
        Kind::Object(object) if object.entries.contains_key(NAMED) => Some(Rc::clone(object)),
        _ => None,
    }
}

fn named_taint(entries: &std::collections::BTreeMap<String, Value>) -> crate::reach::value::Taint {
    entries.values().fold(crate::reach::value::Taint::default(), |t, v| t.and(&v.taint))
}
