//! Methods of functions, lists and texts.

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::Walker;
use crate::reach::eval::expression::MOST_ELEMENTS;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::instance::parts_of;
use crate::reach::value::{Kind, ScopeId, Truth, Value};
use crate::words::flow::{Call, Expr, ExprKind};
use crate::words::span::Place;
use crate::words::text::LONGEST;
use std::rc::Rc;

/// How many elements are reduced one after the other.
const MOST_STEPS: usize = 16;

impl Walker<'_> {
    #[allow(clippy::too_many_arguments, reason = "a method call has that many parts")]
    pub(super) fn invoke_member(
        &mut self,
        scope: ScopeId,
        of: &Value,
        name: &str,
        of_expr: &Expr,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        match &of.kind {
            Kind::Api(path) => {
                let joined =
                    Value { kind: Kind::Api(Rc::from(format!("{path}.{name}"))), taint: of.taint.clone() };
                let action = match &joined.kind {
                    Kind::Api(joined) => knowledge::libraries().api(joined),
                    _ => None,
                };
                if matches!(name, "call" | "apply" | "bind")
                    && action.is_none_or(|a| a.role == Some(Role::Pure))
                {
                    return self.function_method(of, name, args, call, at);
                }
                // A property that holds something callable.
                if action.is_some_and(|a| a.property && a.role.is_none() && a.gives.is_some()) {
                    let held = self.member(of, name, Some(at));
                    return self.invoke(&held, args, call, at, at);
                }
                // What a method gives still comes from whoever wrote the arguments.
                let (value, flow) = self.invoke(&joined, args, call, at, at);
                (value.with(&of.taint), flow)
            }
            Kind::Typed(_) => self.call_typed_member(of, name, args, call, at),
            // What a library gives at once or as a promise, as it is asked.
            Kind::Promise(promise)
                if matches!(promise.value.kind, Kind::Typed(_))
                    && promise.failing.is_none()
                    && !matches!(name, "then" | "catch" | "finally") =>
            {
                let held = promise.value.clone();
                self.invoke_member(scope, &held, name, of_expr, args, call, at)
            }
            Kind::Promise(promise) => {
                let promise = Rc::clone(promise);
                self.promise_method(&promise, name, args, at)
            }
            Kind::Function(_) | Kind::Method(_) if matches!(name, "call" | "apply" | "bind") => {
                self.function_method(of, name, args, call, at)
            }
            Kind::FileText(_)
                if matches!(
                    name,
                    "read" | "read_text" | "strip" | "decode" | "trim" | "toString" | "readlines"
                ) =>
            {
                (of.clone(), Flow::normal())
            }
            Kind::Text(_) if matches!(name, "read_text" | "read_bytes" | "open") => {
                let file = self.file_argument(of);
                let value = file.map_or_else(
                    || Value::tainted("file", of.taint.clone()),
                    |file| Value::new(Kind::FileText(file)),
                );
                (value, Flow::normal())
            }
            Kind::Text(_) | Kind::Variable(_) => (text_method(of, name, &args), Flow::normal()),
            Kind::List(..) => self.list_method(scope, of, name, of_expr, args, at),
            Kind::Class(class) => {
                let class = Rc::clone(class);
                if let Some(method) = self.class_member(&class, name, true) {
                    return self.invoke(&method, args, call, at, at);
                }
                self.call_class_static(&class, name, args, call, at)
            }
            Kind::Unknown(_) | Kind::FileText(_) if matches!(name, "then" | "catch" | "finally") => {
                self.run_callbacks(&args, at);
                (Value::tainted("result", of.taint.clone()), Flow::normal())
            }
            Kind::Unknown(_) if self.listens(of, name, &args, at) => (of.clone(), Flow::normal()),
            Kind::Unknown(_) => {
                let member = self.member(of, name, Some(at));
                match member.kind {
                    Kind::Typed(_) => self.invoke(&member, args, call, at, at),
                    _ => match self.by_method(name, &args, at) {
                        Some(action) => {
                            let (value, flow) = self.act(action, None, name, args, call, at);
                            (value.with(&of.taint), flow)
                        }
                        None => self.call_unknown(of, args, at),
                    },
                }
            }
            Kind::Object(_)
                if name == "next"
                    && let Some(next) = self.iterated(of, at) =>
            {
                next
            }
            Kind::Object(object) if self.is_python_file(at.file) && parts_of(object, name).is_some() => {
                let parts = parts_of(object, name).unwrap_or_else(|| of.clone());
                (parts.with(&of.taint), Flow::normal())
            }
            Kind::Object(_) => {
                let member = self.member(of, name, Some(at));
                if let Kind::Function(closure) = &member.kind {
                    let closure = Rc::clone(closure);
                    let this = if closure.this.is_some() { closure.this.clone() } else { Some(of.clone()) };
                    return self.call_function(&closure, args, at, this);
                }
                self.invoke(&member, args, call, at, at)
            }
            _ => {
                let member = self.member(of, name, Some(at));
                match member.kind {
                    // A method that nothing is known of: it gave itself back.
                    Kind::Method(_) => self.call_unknown(of, args, at),
                    _ => self.invoke(&member, args, call, at, at),
                }
            }
        }
    }

    pub(super) fn function_method(
        &mut self,
        of: &Value,
        name: &str,
        mut args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        if name == "bind" {
            return (of.clone(), Flow::normal());
        }
        if !args.is_empty() {
            args.remove(0);
        }
        if name == "apply" {
            args = match args.first().map(|a| &a.kind) {
                Some(Kind::List(items, _)) => items.to_vec(),
                _ => args,
            };
        }
        self.invoke(of, args, call, at, at)
    }

    pub(super) fn list_method(
        &mut self,
        scope: ScopeId,
        of: &Value,
        name: &str,
        of_expr: &Expr,
        args: Vec<Value>,
        at: Place,
    ) -> (Value, Flow) {
        let Kind::List(items, open) = &of.kind else { return (Value::unknown("list"), Flow::normal()) };
        let element =
            items.iter().cloned().reduce(|a, b| a.join(&b)).unwrap_or_else(|| Value::unknown("item"));
        match name {
            "includes" | "indexOf" | "has" => {
                let Some(wanted) = args.first() else { return (Value::unknown("condition"), Flow::normal()) };
                let taint = of.taint.and(&wanted.taint);
                let mut truth = if *open { Truth::Unknown } else { Truth::No };
                for item in items.iter() {
                    match self.truth(&self.compare(crate::words::flow::Comparison::Equal, item, wanted)) {
                        Truth::Yes => truth = Truth::Yes,
                        Truth::Unknown if truth == Truth::No => truth = Truth::Unknown,
                        _ => {}
                    }
                }
                if name == "indexOf" {
                    return (Value::tainted("index", taint), Flow::normal());
                }
                (Value::truth(truth, taint), Flow::normal())
            }
            "push" | "unshift" => {
                let mut longer = (**items).clone();
                longer.extend(args);
                longer.truncate(256);
                let value = Value { kind: Kind::List(Rc::new(longer), *open), taint: of.taint.clone() };
                if let ExprKind::Name(variable) = &*of_expr.kind
                    && let Some(holder) = self.holder(scope, variable)
                {
                    self.bind(holder, variable, value);
                }
                (Value::unknown("length"), Flow::normal())
            }
            "concat" => {
                let mut longer = (**items).clone();
                let mut more = *open;
                for arg in args {
                    match arg.kind {
                        Kind::List(others, open) => {
                            longer.extend(others.iter().cloned());
                            more |= open;
                        }
                        _ => longer.push(arg),
                    }
                }
                if longer.len() > MOST_ELEMENTS {
                    longer.truncate(MOST_ELEMENTS);
                    more = true;
                }
                (Value { kind: Kind::List(Rc::new(longer), more), taint: of.taint.clone() }, Flow::normal())
            }
            "join" => {
                let glue = args.first().and_then(|a| a.known_text()).unwrap_or(",").to_owned();
                let mut text = crate::words::text::Text::default();
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        text.push_known(&glue);
                    }
                    text.push(&item.to_text());
                }
                (Value { kind: Kind::Text(Rc::new(text)), taint: of.taint.clone() }, Flow::normal())
            }
            "slice" | "filter" | "reverse" | "sort" | "flat" | "values" => {
                let (told, _) = self.run_list_callback(&args, &element, at);
                // Which of them are left is what the function says.
                let taint = of.taint.and(&told.taint);
                (Value { kind: Kind::List(Rc::clone(items), true), taint }, Flow::normal())
            }
            "reduce" if (1..=MOST_STEPS).contains(&items.len()) && !open => {
                let mut rest = items.iter().cloned();
                let mut so_far =
                    args.get(1).cloned().or_else(|| rest.next()).unwrap_or_else(Value::undefined);
                let Some(Kind::Function(closure)) = args.first().map(|a| &a.kind) else {
                    self.run_callbacks(&args, at);
                    return (Value::tainted(name, of.taint.clone()), Flow::normal());
                };
                let mut flow = Flow::normal();
                for item in rest {
                    let (next, step) =
                        self.call_function(closure, vec![so_far, item], at, closure.this.clone());
                    so_far = next;
                    flow.then(step);
                    if !flow.falls {
                        break;
                    }
                }
                (so_far, flow)
            }
            "forEach" | "map" | "flatMap" | "some" | "every" | "find" | "reduce" | "findIndex" => {
                if items.is_empty() && !open {
                    return (of.clone(), Flow::normal());
                }
                let (result, flow) = self.run_list_callback(&args, &element, at);
                let value = match name {
                    "map" | "flatMap" => {
                        Value { kind: Kind::List(Rc::new(vec![result]), true), taint: of.taint.clone() }
                    }
                    "find" => element,
                    _ => Value::tainted("result", of.taint.and(&result.taint)),
                };
                // A list that is known to have elements runs its callback for sure.
                let certain = !items.is_empty() && matches!(name, "forEach" | "map" | "flatMap");
                if flow.stops() && certain { (value, flow) } else { (value, Flow::normal()) }
            }
            _ => {
                self.run_callbacks(&args, at);
                (Value::tainted(name, of.taint.clone()), Flow::normal())
            }
        }
    }

    pub(super) fn run_list_callback(&mut self, args: &[Value], element: &Value, at: Place) -> (Value, Flow) {
        if let Some(Kind::Function(closure)) = args.first().map(|a| &a.kind) {
            let closure = Rc::clone(closure);
            let given = vec![element.clone(), Value::unknown("index"), Value::unknown("list")];
            self.call_function(&closure, given, at, closure.this.clone())
        } else {
            self.run_callbacks(args, at);
            (Value::unknown("result"), Flow::normal())
        }
    }
}

pub(super) fn text_method(of: &Value, name: &str, args: &[Value]) -> Value {
    let taint = args.iter().fold(of.taint.clone(), |t, a| t.and(&a.taint));
    if matches!(name, "toString" | "valueOf") {
        return of.clone();
    }
    let Some(text) = of.known_text() else {
        let computed = taint.clone();
        return match (&of.kind, name) {
            (
                Kind::Text(_),
                "trim" | "strip" | "trimEnd" | "trimStart" | "replace" | "replaceAll" | "normalize",
            ) => Value { kind: of.kind.clone(), taint },
            _ => Value::tainted(name, computed),
        };
    };
    let first = args.first().and_then(|a| a.known_text());
    match (name, first) {
        ("resolve" | "absolute" | "expanduser" | "as_posix" | "encode" | "decode", _) => of.clone(),
        ("format", _) => crate::reach::eval::fill::fill(text, args).with(&taint),
        ("joinpath", _) => {
            let mut all = crate::words::text::Text::known(text);
            for arg in args {
                all.push_known("/");
                all.push(&arg.to_text());
            }
            Value { kind: Kind::Text(Rc::new(all)), taint }
        }
        ("strip" | "rstrip" | "lstrip", None) => Value::text(text.trim()).with(&taint),
        ("upper", _) => Value::text(text.to_uppercase()).with(&taint),
        ("lower" | "casefold", _) => Value::text(text.to_lowercase()).with(&taint),
        ("split", None) if args.is_empty() => {
            Value::list(text.split_whitespace().map(Value::text).collect()).with(&taint)
        }
        ("startswith", Some(part)) => Value::truth(Truth::of(text.starts_with(part)), taint),
        ("endswith", Some(part)) => Value::truth(Truth::of(text.ends_with(part)), taint),
        ("trim", _) => Value::text(text.trim()).with(&taint),
        ("toUpperCase", _) => Value::text(text.to_uppercase()).with(&taint),
        ("toLowerCase", _) => Value::text(text.to_lowercase()).with(&taint),
        ("split", Some(separator)) if !separator.is_empty() => {
            Value::list(text.split(separator).map(Value::text).collect()).with(&taint)
        }
        ("concat", _) => {
            let mut all = crate::words::text::Text::known(text);
            for arg in args {
                all.push(&arg.to_text());
            }
            Value { kind: Kind::Text(Rc::new(all)), taint }
        }
        ("startsWith", Some(part)) => Value::truth(Truth::of(text.starts_with(part)), taint),
        ("endsWith", Some(part)) => Value::truth(Truth::of(text.ends_with(part)), taint),
        ("includes", Some(part)) => Value::truth(Truth::of(text.contains(part)), taint),
        ("replace" | "replaceAll", Some(part)) if args.get(1).and_then(|a| a.known_text()).is_some() => {
            let with = args.get(1).and_then(|a| a.known_text()).unwrap_or_default();
            if text.len() + text.matches(part).count().saturating_mul(with.len()) > LONGEST {
                return Value::tainted(name, taint);
            }
            let out = if name == "replace" { text.replacen(part, with, 1) } else { text.replace(part, with) };
            Value::text(out).with(&taint)
        }
        _ => Value::tainted(name, taint),
    }
}
