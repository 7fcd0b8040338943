//! Members and methods of plain values: texts, lists, objects, promises, modules.

use std::rc::Rc;

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::{Flow, Walker};
use crate::reach::event::{EventKind, ExcuseKind, World};
use crate::reach::value::{Failing, Kind, Promise, ScopeId, Sources, Taint, Truth, Value};
use crate::words::flow::{Call, Expr, ExprKind};
use crate::words::span::{FileId, Place};

impl Walker<'_> {
    pub(crate) fn member_of_module(&mut self, file: FileId, name: &str) -> Option<Value> {
        let record = self.modules.get(&file)?.clone();
        if let Some(value) = record.exports.get(name) {
            return Some(value.clone());
        }
        if let Some(whole) = &record.whole {
            if name == "default" {
                return Some(whole.clone());
            }
            return match &whole.kind {
                Kind::Object(object) => object.entries.get(name).cloned(),
                Kind::Module(other) if *other != file => self.member_of_module(*other, name),
                _ => None,
            };
        }
        record
            .passed_on
            .iter()
            .find_map(|other| (*other != file).then(|| self.member_of_module(*other, name)).flatten())
            .or_else(|| {
                // A shell file has no exports: its functions are simply there.
                let unit = *self.unit_of_file.get(&file)?;
                let scope = self.unit_scope(unit);
                self.look_up(scope, name).filter(|v| matches!(v.kind, Kind::Function(_)))
            })
    }

    pub(crate) fn member(&mut self, of: &Value, name: &str, at: Option<Place>) -> Value {
        match &of.kind {
            Kind::Module(file) => {
                let file = *file;
                if let Some(value) = self.member_of_module(file, name) {
                    return value;
                }
                // A cycle, or a name that only the run gives: known by its name at best.
                Self::by_name(name).unwrap_or_else(|| Value::unknown(name))
            }
            Kind::Object(object) => {
                if let Some(value) = object.entries.get(name) {
                    return value.clone().with(&Taint::default());
                }
                if let Some(class) = object.class.clone() {
                    if let Some(value) = self.class_member(&class, name, false) {
                        return bind_this(value, of);
                    }
                    if let Some(base) = object.entries.get("\u{0}base").cloned() {
                        return self.member(&base, name, at);
                    }
                }
                if object.open {
                    return Self::by_name(name).unwrap_or_else(|| Value::tainted(name, of.taint.clone()));
                }
                Value::undefined()
            }
            Kind::Class(class) => {
                let class = Rc::clone(class);
                self.class_member(&class, name, true)
                    .unwrap_or_else(|| Value::new(Kind::Method(Rc::new((of.clone(), name.to_owned())))))
            }
            Kind::Api(path) => {
                let joined = format!("{path}.{name}");
                let action = knowledge::libraries().api(path);
                if action.and_then(|a| a.role) == Some(Role::Environment) {
                    return self.environment(name);
                }
                if let Some(action) = knowledge::libraries().api(&joined)
                    && action.property
                {
                    let place = at
                        .unwrap_or(Place { file: self.main_file, span: crate::words::span::Span::default() });
                    return self.read_api(&joined, action, place);
                }
                if action
                    .and_then(|a| a.role)
                    .is_some_and(|r| matches!(r, Role::Arguments | Role::CommandLine | Role::Prompt))
                {
                    return Value::tainted(&joined, of.taint.clone());
                }
                Value { kind: Kind::Api(Rc::from(joined)), taint: of.taint.clone() }
            }
            Kind::Typed(_) => self.typed_property(of, name, at),
            Kind::Promise(_)
            | Kind::Text(_)
            | Kind::List(..)
            | Kind::Function(_)
            | Kind::FileText(_)
            | Kind::Table(_) => {
                if name == "length" {
                    return Value::tainted("length", of.taint.clone());
                }
                if let Kind::Table(table) = &of.kind
                    && let Some(column) = table.columns.get(name)
                {
                    return Value::text(column.clone());
                }
                Value { kind: Kind::Method(Rc::new((of.clone(), name.to_owned()))), taint: of.taint.clone() }
            }
            Kind::Unknown(label) => {
                // Whatever holds it, something called `prisma` is taken for what it is called.
                if let Some(mut typed) = Self::by_name(name) {
                    typed.taint = of.taint.clone();
                    return typed;
                }
                Value::tainted(&format!("{label}.{name}"), of.taint.clone())
            }
            _ => Value::tainted(name, of.taint.clone()),
        }
    }

    pub(crate) fn index(&mut self, of: &Value, key: &Value, made: bool, at: Place) -> Value {
        if let Kind::Api(path) = &of.kind
            && knowledge::libraries().api(path).and_then(|a| a.role) == Some(Role::Environment)
        {
            let computed = Taint::of(Sources { computed: true, ..Sources::default() });
            return match key.known_text() {
                // A plain name in brackets is no disguise; one put together from parts is.
                Some(name) if !made || name == "CI" => self.environment(name),
                Some(name) => Value {
                    kind: Kind::Variable(Rc::from(name)),
                    taint: Taint::variable(name).and(&computed),
                },
                None => Value::tainted("environment variable", key.taint.and(&computed)),
            };
        }
        match (&of.kind, &key.kind) {
            (Kind::List(items, _), Kind::Number(n)) if *n >= 0.0 => {
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "checked to be small and positive"
                )]
                let at = *n as usize;
                items.get(at).cloned().unwrap_or_else(|| Value::tainted("item", of.taint.clone()))
            }
            (Kind::List(items, _), _) => {
                items.iter().cloned().reduce(|a, b| a.join(&b)).unwrap_or_else(|| Value::unknown("item"))
            }
            (_, Kind::Text(text)) if text.as_known().is_some() => {
                let name = text.as_known().unwrap_or_default().to_owned();
                self.member(of, &name, Some(at))
            }
            (Kind::Object(object), _) => object
                .entries
                .values()
                .cloned()
                .reduce(|a, b| a.join(&b))
                .unwrap_or_else(|| Value::unknown("item"))
                .with(&key.taint),
            (Kind::Typed(_), _) => self.typed_index(of, at),
            _ => Value::tainted("item", of.taint.and(&key.taint)),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "a method call has that many parts")]
    pub(crate) fn invoke_member(
        &mut self,
        unit: usize,
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
                if matches!(name, "call" | "apply" | "bind") {
                    return self.function_method(of, name, args, call, at);
                }
                // What a method gives still comes from whoever wrote the arguments.
                let (value, flow) = self.invoke(&joined, args, call, at, at);
                (value.with(&of.taint), flow)
            }
            Kind::Typed(_) => self.call_typed_member(of, name, args, call, at),
            Kind::Promise(promise) => {
                let promise = Rc::clone(promise);
                self.promise_method(&promise, name, args, at)
            }
            Kind::Function(_) | Kind::Method(_) if matches!(name, "call" | "apply" | "bind") => {
                self.function_method(of, name, args, call, at)
            }
            Kind::Text(_) | Kind::Variable(_) => (text_method(self, of, name, &args), Flow::normal()),
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
            Kind::Unknown(_) => {
                let member = self.member(of, name, Some(at));
                match member.kind {
                    Kind::Typed(_) => self.invoke(&member, args, call, at, at),
                    _ => self.call_by_hint(of, name, args, call, at),
                }
            }
            Kind::Object(_) => {
                let member = self.member(of, name, Some(at));
                if let Kind::Function(closure) = &member.kind {
                    let closure = Rc::clone(closure);
                    let this = if closure.this.is_some() { closure.this.clone() } else { Some(of.clone()) };
                    let holder = self.new_scope(Some(closure.scope), false);
                    let _ = holder;
                    return self.call_function(&closure, args, at, this);
                }
                self.invoke(&member, args, call, at, at)
            }
            _ => {
                let _ = unit;
                let member = self.member(of, name, Some(at));
                match member.kind {
                    // A method that nothing is known of: it gave itself back.
                    Kind::Method(_) => self.call_unknown(of, args, at),
                    _ => self.invoke(&member, args, call, at, at),
                }
            }
        }
    }

    fn function_method(
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

    fn promise_method(
        &mut self,
        promise: &Rc<Promise>,
        name: &str,
        args: Vec<Value>,
        at: Place,
    ) -> (Value, Flow) {
        let guard = matches!(
            promise.failing,
            Some(Failing::Throws { by_guard: true } | Failing::Exits { by_guard: true })
        );
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
                            events: Vec::new(),
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
                        let failing = if flow.exits {
                            Failing::Exits { by_guard }
                        } else {
                            Failing::Throws { by_guard }
                        };
                        let promise = Promise { value, failing: Some(failing), events: Vec::new() };
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
                    let _ = guard;
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

    fn promised(&mut self, value: Value, flow: &Flow) -> Value {
        if let Kind::Promise(_) = &value.kind {
            return value;
        }
        let failing = match (flow.stops(), flow.exits) {
            (true, true) => Some(Failing::Exits { by_guard: flow.guarded }),
            (true, false) => Some(Failing::Throws { by_guard: flow.guarded }),
            _ => None,
        };
        Value::new(Kind::Promise(Rc::new(Promise { value, failing, events: Vec::new() })))
    }

    fn list_method(
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
                self.run_list_callback(&args, &element, at);
                (Value { kind: Kind::List(Rc::clone(items), true), taint: of.taint.clone() }, Flow::normal())
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

    fn run_list_callback(&mut self, args: &[Value], element: &Value, at: Place) -> (Value, Flow) {
        if let Some(Kind::Function(closure)) = args.first().map(|a| &a.kind) {
            let closure = Rc::clone(closure);
            let given = vec![element.clone(), Value::unknown("index"), Value::unknown("list")];
            let (value, flow) = self.call_function(&closure, given, at, closure.this.clone());
            if let Kind::Promise(promise) = &value.kind
                && promise.failing.is_some()
            {
                let _ = World::Open;
            }
            (value, flow)
        } else {
            self.run_callbacks(args, at);
            (Value::unknown("result"), Flow::normal())
        }
    }

    /// Libraries are told when they are loaded: some act at once (`dotenv/config`).
    pub(crate) fn api_loaded(&mut self, name: &str, at: Place) -> Flow {
        let Some(action) = knowledge::libraries().api(name) else { return Flow::normal() };
        if action.role == Some(Role::LoadEnv) && name.contains('/') {
            self.load_env(None, at);
        }
        if action.opens && !action.property && action.gives.is_none() {
            self.note(EventKind::Opens, at);
        }
        Flow::normal()
    }
}

fn bind_this(value: Value, this: &Value) -> Value {
    match &value.kind {
        Kind::Function(closure) if closure.this.is_none() => {
            let mut closure = (**closure).clone();
            closure.this = Some(this.clone());
            Value { kind: Kind::Function(Rc::new(closure)), taint: value.taint }
        }
        _ => value,
    }
}

fn text_method(walker: &Walker<'_>, of: &Value, name: &str, args: &[Value]) -> Value {
    let taint = args.iter().fold(of.taint.clone(), |t, a| t.and(&a.taint));
    if matches!(name, "toString" | "valueOf") {
        return of.clone();
    }
    let Some(text) = of.known_text() else {
        let computed = taint.clone();
        return match (&of.kind, name) {
            (Kind::Text(_), "trim" | "trimEnd" | "trimStart" | "replace" | "replaceAll" | "normalize") => {
                Value { kind: of.kind.clone(), taint }
            }
            _ => Value::tainted(name, computed),
        };
    };
    let first = args.first().and_then(|a| a.known_text());
    match (name, first) {
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
            let out = if name == "replace" { text.replacen(part, with, 1) } else { text.replace(part, with) };
            Value::text(out).with(&taint)
        }
        _ => {
            let _ = walker;
            Value::tainted(name, taint)
        }
    }
}
