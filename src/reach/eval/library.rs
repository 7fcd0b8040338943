//! Calls into libraries: what the knowledge says that they do.

use crate::knowledge;
use crate::knowledge::types::{Action, Role};
use crate::reach::eval::Walker;
use crate::reach::eval::argument::{argument, arguments};
use crate::reach::eval::flow::Flow;
use crate::reach::eval::sql::is_in_memory;
use crate::reach::eval::table::{column_name, name_of, nested_writes};
use crate::reach::event::EventKind;
use crate::reach::value::{
    ClassValue, Kind, Promise, TableDefinition, TableName, Taint, Truth, Typed, Value,
};
use crate::words::effect::Effect;
use crate::words::flow::{Call, CallKind, ExprKind};
use crate::words::span::Place;
use crate::words::text::Text;
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn by_name(name: &str) -> Option<Value> {
        knowledge::libraries().by_variable_name(name).map(typed_of)
    }

    pub(super) fn by_python_name(name: &str) -> Option<Value> {
        knowledge::libraries().by_python_name(name).map(typed_of)
    }

    pub(super) fn by_annotation(name: &str) -> Option<Value> {
        let known = knowledge::libraries();
        // `Knex.Transaction` by its whole name, `Prisma.TransactionClient` by its last.
        let last = || name.rsplit_once('.').filter(|_| !name.contains(':')).map(|(_, last)| last);
        known.by_annotation(name).or_else(|| known.by_annotation(last()?)).map(typed_of)
    }

    /// A member of a library that is read: a property, or a role such as the environment.
    pub(super) fn read_api(&mut self, path: &str, action: &Action, at: Place) -> Value {
        match action.role {
            Some(Role::Arguments | Role::CommandLine) => {
                Value { kind: Kind::Api(Rc::from(path)), taint: arguments() }
            }
            Some(Role::HereDirectory) => {
                let folder = self.context.sources.file(at.file).folder().to_owned();
                Value::text(format!("/{}", if folder == "." { String::new() } else { folder }))
            }
            Some(Role::Runtime) => Value::text(self.runner(at.file)),
            Some(Role::HereFile) => Value::text(format!("/{}", self.context.sources.path(at.file))),
            Some(Role::IsMain) => {
                Value::truth(if at.file == self.main_file { Truth::Yes } else { Truth::No }, Taint::default())
            }
            _ => match &action.gives {
                Some(ty) if ty != "self" => typed_of(ty),
                _ => Value::new(Kind::Api(Rc::from(path))),
            },
        }
    }

    pub(super) fn call_api(&mut self, path: &str, args: Vec<Value>, call: &Call, at: Place) -> (Value, Flow) {
        let Some(action) = knowledge::libraries().api(path) else {
            let callee = Value::unknown(path.rsplit([':', '.']).next().unwrap_or(path));
            return self.call_unknown(&callee, args, at);
        };
        let member = path.rsplit('.').next().unwrap_or(path).to_owned();
        self.act(action, None, &member, args, call, at)
    }

    pub(super) fn typed_property(&mut self, of: &Value, name: &str) -> Value {
        let Kind::Typed(typed) = &of.kind else { return Value::unknown(name) };
        let Some(ty) = knowledge::libraries().ty(&typed.ty) else { return Value::unknown(name) };
        let action = ty.members.get(name).or(ty.other.as_deref());
        match action {
            Some(action) if action.property => {
                let mut next = (**typed).clone();
                if let Some(gives) = &action.gives
                    && gives != "self"
                {
                    next.ty.clone_from(gives);
                }
                match action.table.as_deref() {
                    Some("member") => next.table = Some(TableName::Known(name.to_owned())),
                    Some("unknown") => next.table = Some(TableName::Unknown),
                    _ => {}
                }
                Value { kind: Kind::Typed(Rc::new(next)), taint: of.taint.clone() }
            }
            _ => {
                Value { kind: Kind::Method(Rc::new((of.clone(), name.to_owned()))), taint: of.taint.clone() }
            }
        }
    }

    /// `prisma[model]`: some member, only the run knows which.
    pub(super) fn typed_index(&mut self, of: &Value, _at: Place) -> Value {
        if let Some(item) = self.item_of(of) {
            return item;
        }
        let Kind::Typed(typed) = &of.kind else { return Value::unknown("item") };
        let other = knowledge::libraries().ty(&typed.ty).and_then(|t| t.other.as_deref());
        match other {
            Some(action) if action.property => {
                let mut next = (**typed).clone();
                if let Some(gives) = &action.gives
                    && gives != "self"
                {
                    next.ty.clone_from(gives);
                }
                next.table = Some(TableName::Unknown);
                Value { kind: Kind::Typed(Rc::new(next)), taint: of.taint.clone() }
            }
            _ => Value::tainted("item", of.taint.clone()),
        }
    }

    /// The value itself, called: `knex("t")`, a tagged template.
    pub(super) fn call_typed(
        &mut self,
        of: &Value,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let Kind::Typed(typed) = &of.kind else { return (Value::unknown("call"), Flow::normal()) };
        let action = knowledge::libraries().ty(&typed.ty).and_then(|t| t.call.as_deref());
        match action {
            // `$({ cwd })` is the tag with options: it starts nothing yet.
            Some(action) if action.role == Some(Role::Shell) && call.kind != CallKind::Tagged => {
                if args.first().is_some_and(|a| matches!(a.kind, Kind::Object(_))) {
                    return (of.clone(), Flow::normal());
                }
                // `$("#id")`, `$(function () {})`: another library of that name.
                self.call_unknown(of, args, at)
            }
            Some(action) => self.act(action, Some(of), "", args, call, at),
            // `app()` runs the command that was asked for.
            None if of.taint.has(|s| s.arguments)
                && args.is_empty()
                && matches!(&*call.callee.kind, ExprKind::Name(_)) =>
            {
                let flow = self.call_commands(at);
                (Value::tainted("status", of.taint.clone()), flow)
            }
            None => self.call_unknown(of, args, at),
        }
    }

    pub(super) fn call_typed_member(
        &mut self,
        of: &Value,
        name: &str,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let Kind::Typed(typed) = &of.kind else { return (Value::unknown(name), Flow::normal()) };
        let Some(ty) = knowledge::libraries().ty(&typed.ty) else {
            return self.call_unknown(of, args, at);
        };
        if matches!(name, "then" | "catch" | "finally") && !ty.members.contains_key(name) {
            let promise = Value::new(Kind::Promise(Rc::new(Promise {
                value: of.clone(),
                failing: None,
                events: 0..0,
            })));
            return self.invoke_member(0, &promise, name, &call.callee, args, call, at);
        }
        match ty.members.get(name).or(ty.other.as_deref()) {
            Some(action) if action.property => {
                // A property that holds something callable.
                let value = self.typed_property(of, name);
                self.call_typed(&value, args, call, at)
            }
            Some(action) => self.act(action, Some(of), name, args, call, at),
            None => self.call_unknown(of, args, at),
        }
    }

    /// `Model.update(…)` on a class of the repository that extends one of a library.
    pub(super) fn call_class_static(
        &mut self,
        class: &Rc<ClassValue>,
        name: &str,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        if let Some(typed) = self.class_typed(class) {
            return self.call_typed_member(&typed, name, args, call, at);
        }
        self.call_unknown(&Value::unknown(name), args, at)
    }

    pub(super) fn act(
        &mut self,
        action: &Action,
        subject: Option<&Value>,
        member: &str,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        if !holds(action, &args) {
            return self.plain_result(action, subject, &args, at);
        }
        if let Some(role) = action.role {
            return self.role(role, action, &args, call, at);
        }
        let typed = match subject.map(|s| &s.kind) {
            Some(Kind::Typed(typed)) => Some(Rc::clone(typed)),
            _ => None,
        };
        let mut flow = Flow::normal();
        let first = self.events.len();
        let url = self.url_of(action, typed.as_deref(), &args);
        let table = self.table_of(action, typed.as_deref(), member, &args, call);
        if action.opens {
            self.note(EventKind::Opens, at);
        }
        if action.reads {
            self.note(EventKind::Reads { url: url.clone() }, at);
        }
        let mut effects = Vec::new();
        if let Some(operation) = action.operation {
            let (named, map) = name_of(table.as_ref());
            let columns = self.columns_of(action, operation, &args, map.as_deref());
            effects.push(Effect { operation, table: named, columns });
            for path in &action.nested {
                if let Some(value) = argument(&args, path) {
                    nested_writes(&value, &mut effects, 0);
                }
            }
        }
        let mut destructive = action.destructive;
        for more in action.also.iter().filter(|more| holds(more, &args)) {
            destructive |= more.destructive;
            if let Some(operation) = more.operation {
                let (named, map) = name_of(table.as_ref());
                let columns = self.columns_of(more, operation, &args, map.as_deref());
                let effect = Effect { operation, table: named, columns };
                if !effects.contains(&effect) {
                    effects.push(effect);
                }
            }
        }
        if action.sql.as_deref().is_some_and(|sql| sql == "0" || sql.ends_with("|0"))
            && let Some(typed) = &typed
            && let Some(value) = self.run_statement(&args, typed, at)
        {
            return (value, Flow::normal());
        }
        let mut sql_taint = None;
        if let Some(from) = &action.sql {
            let text = match from.as_str() {
                "self" => {
                    typed.as_ref().and_then(|t| t.sql.clone()).map(|t| Value::new(Kind::Text(Rc::new(t))))
                }
                "tag" => args.first().cloned(),
                path => argument(&args, path),
            };
            if let Some(text) = text {
                sql_taint = Some(text.clone());
            }
        }
        if let Some(value) = sql_taint {
            self.execute(&value, &url, at, false);
        }
        if is_in_memory(&url) {
            effects.clear();
        } else if !effects.is_empty() || destructive || action.command.is_some() {
            let command = action.command.as_ref().map(|c| c.split_whitespace().map(Text::known).collect());
            self.note(
                EventKind::Effect { effects, command, destructive, url: url.clone(), remote: false },
                at,
            );
        }
        let mut result_of_calls = None;
        let mut rest = Vec::new();
        for (ty, arg) in called(action, &args) {
            let Some(ty) = ty else {
                rest.push(arg);
                continue;
            };
            if ty.is_empty() {
                continue;
            }
            if let Kind::Function(closure) = &arg.kind {
                let given = |ty: &str| match subject {
                    Some(subject) if ty == "self" => subject.clone(),
                    _ => Value::new(Kind::Typed(Rc::new(Typed {
                        ty: ty.to_owned(),
                        url: url.clone(),
                        ..Typed::default()
                    }))),
                };
                let given = ty.split(',').map(given).collect();
                let closure = Rc::clone(closure);
                let (value, next) = self.call_function(&closure, given, at, closure.this.clone());
                flow.then(next);
                result_of_calls = Some(value);
            }
        }
        if action.callback
            && let Some(last) = rest.pop_if(|last| matches!(last.kind, Kind::Function(_)))
        {
            // It is given the error; nothing else tells of it.
            let outcome = self.outcome(first, at);
            let result = match &action.gives {
                Some(_) => {
                    self.given(action, subject, typed.as_deref(), &args, table.clone(), url.clone(), at)
                }
                None => Value::unknown("result"),
            };
            let given = [Value::tainted("error", outcome), result, Value::unknown("fields")];
            self.run_callbacks_with(&[last], &given, at);
        }
        self.run_callbacks(&rest, at);
        let mut value = self.given(action, subject, typed.as_deref(), &args, table, url, at);
        if let (Some(result), None) = (&result_of_calls, &action.gives) {
            value = result.clone();
        }
        if action.awaits && !matches!(value.kind, Kind::Promise(_)) {
            let events = first..self.events.len();
            value = Value::new(Kind::Promise(Rc::new(Promise { value, failing: None, events })));
        }
        (value, flow)
    }

    pub(super) fn plain_result(
        &mut self,
        action: &Action,
        subject: Option<&Value>,
        args: &[Value],
        at: Place,
    ) -> (Value, Flow) {
        self.run_callbacks(args, at);
        let value = match (action.gives.as_deref(), subject) {
            (Some("self"), Some(subject)) => subject.clone(),
            (Some(ty), _) if ty != "self" => typed_of(ty),
            _ => Value::unknown("result"),
        };
        (value, Flow::normal())
    }

    #[allow(clippy::too_many_arguments, reason = "what a call gives depends on all of them")]
    pub(super) fn given(
        &mut self,
        action: &Action,
        subject: Option<&Value>,
        typed: Option<&Typed>,
        args: &[Value],
        table: Option<TableName>,
        url: Taint,
        _at: Place,
    ) -> Value {
        let taint = args.iter().fold(Taint::default(), |t, a| t.and(&a.taint));
        if action.defines_table {
            let name = match &table {
                Some(TableName::Known(name)) => Some(name.clone()),
                Some(TableName::Defined(definition)) => definition.name.clone(),
                _ => None,
            };
            let mut columns = std::collections::BTreeMap::new();
            for path in &action.columns {
                if let Some(Value { kind: Kind::Object(object), .. }) = argument(args, path) {
                    for (field, value) in object.entries.iter().filter(|(field, _)| !field.starts_with('%')) {
                        columns.insert(field.clone(), column_name(field, value));
                    }
                }
            }
            let definition = Rc::new(TableDefinition { name, columns });
            return match &action.gives {
                Some(ty) if ty != "self" => Value::new(Kind::Typed(Rc::new(Typed {
                    ty: ty.clone(),
                    table: Some(TableName::Defined(definition)),
                    url,
                    sql: None,
                }))),
                _ => Value::new(Kind::Table(definition)),
            };
        }
        let kept = action
            .keeps_sql
            .as_ref()
            .and_then(|path| if path == "tag" { args.first().cloned() } else { argument(args, path) });
        match action.gives.as_deref() {
            Some("self") => {
                let mut value = subject.cloned().unwrap_or_else(|| Value::unknown("value"));
                if let Kind::Typed(inner) = &value.kind
                    && (table.is_some() || kept.is_some())
                {
                    let mut inner = (**inner).clone();
                    if table.is_some() {
                        inner.table = table;
                    }
                    if let Some(kept) = kept {
                        inner.sql = Some(self.as_sql(&kept));
                    }
                    value = Value { kind: Kind::Typed(Rc::new(inner)), taint: value.taint };
                }
                value
            }
            Some(ty) => {
                let sql = kept.map(|k| self.as_sql(&k)).or_else(|| typed.and_then(|t| t.sql.clone()));
                let table = table.or_else(|| typed.and_then(|t| t.table.clone()));
                Value::new(Kind::Typed(Rc::new(Typed { ty: ty.to_owned(), table, url, sql })))
            }
            None => Value::tainted("result", taint),
        }
    }
}

/// The arguments, each with the types that the knowledge says it is called with. An argument by name
/// stands for itself where the knowledge names it.
fn called<'a>(action: &'a Action, args: &[Value]) -> Vec<(Option<&'a String>, Value)> {
    let mut out = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        match (&arg.kind, action.calls.get(&index.to_string())) {
            (Kind::Object(object), None) if object.entries.contains_key("%named") => {
                let mut others = (**object).clone();
                for (key, ty) in &action.calls {
                    if let Some(value) = key.strip_prefix('=').and_then(|key| others.entries.remove(key)) {
                        out.push((Some(ty), value));
                    }
                }
                out.push((None, Value { kind: Kind::Object(Rc::new(others)), taint: arg.taint.clone() }));
            }
            (_, ty) => out.push((ty, arg.clone())),
        }
    }
    out
}

pub(super) fn typed_of(ty: &str) -> Value {
    Value::new(Kind::Typed(Rc::new(Typed { ty: ty.to_owned(), ..Typed::default() })))
}

/// The call is written with the arguments that the knowledge asks for, as far as they can be told.
pub(super) fn holds(action: &Action, args: &[Value]) -> bool {
    action.when.iter().all(|(path, wanted)| {
        argument(args, path)
            .is_some_and(|value| value.to_text().as_known().is_none_or(|known| known == wanted))
    })
}
