//! Values of libraries, walked through the knowledge: what a member gives, what a call does.

use std::rc::Rc;

use crate::knowledge;
use crate::knowledge::types::{Action, Role};
use crate::lang::sql;
use crate::reach::eval::{Flow, Walker};
use crate::reach::event::{EventKind, How, World};
use crate::reach::value::{
    ClassValue, Kind, Promise, Sources, TableDefinition, TableName, Taint, Truth, Typed, Value,
};
use crate::words::effect::{Columns, Effect, Operation, Table};
use crate::words::flow::{Call, CallKind, Comparison};
use crate::words::span::{FileId, Place};
use crate::words::text::Text;

impl Walker<'_> {
    pub(crate) fn by_name(name: &str) -> Option<Value> {
        knowledge::libraries().by_variable_name(name).map(typed_of)
    }

    pub(crate) fn by_annotation(name: &str) -> Option<Value> {
        knowledge::libraries().by_annotation(name).map(typed_of)
    }

    /// A member of a library that is read: a property, or a role such as the environment.
    pub(crate) fn read_api(&mut self, path: &str, action: &Action, at: Place) -> Value {
        match action.role {
            Some(Role::Arguments | Role::CommandLine) => {
                Value { kind: Kind::Api(Rc::from(path)), taint: arguments() }
            }
            Some(Role::HereDirectory) => {
                let folder = self.context.sources.file(at.file).folder().to_owned();
                Value::text(format!("/{}", if folder == "." { String::new() } else { folder }))
            }
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

    pub(crate) fn call_api(&mut self, path: &str, args: Vec<Value>, call: &Call, at: Place) -> (Value, Flow) {
        let Some(action) = knowledge::libraries().api(path) else {
            let callee = Value::unknown(path.rsplit([':', '.']).next().unwrap_or(path));
            return self.call_unknown(&callee, args, at);
        };
        let member = path.rsplit('.').next().unwrap_or(path).to_owned();
        self.act(action, None, &member, args, call, at)
    }

    pub(crate) fn typed_property(&mut self, of: &Value, name: &str, at: Option<Place>) -> Value {
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
                if action.table.as_deref() == Some("member") {
                    next.table = Some(TableName::Known(name.to_owned()));
                }
                let _ = at;
                Value { kind: Kind::Typed(Rc::new(next)), taint: of.taint.clone() }
            }
            _ => {
                Value { kind: Kind::Method(Rc::new((of.clone(), name.to_owned()))), taint: of.taint.clone() }
            }
        }
    }

    /// `prisma[model]`: some member, only the run knows which.
    pub(crate) fn typed_index(&mut self, of: &Value, _at: Place) -> Value {
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
    pub(crate) fn call_typed(
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
            Some(action)
                if action.role == Some(Role::Shell)
                    && call.kind != CallKind::Tagged
                    && args.first().is_some_and(|a| matches!(a.kind, Kind::Object(_))) =>
            {
                (of.clone(), Flow::normal())
            }
            Some(action) => self.act(action, Some(of), "", args, call, at),
            None => self.call_unknown(of, args, at),
        }
    }

    pub(crate) fn call_typed_member(
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
                events: Vec::new(),
            })));
            return self.invoke_member(0, 0, &promise, name, &call.callee, args, call, at);
        }
        match ty.members.get(name).or(ty.other.as_deref()) {
            Some(action) if action.property => {
                // A property that holds something callable.
                let value = self.typed_property(of, name, Some(at));
                self.call_typed(&value, args, call, at)
            }
            Some(action) => self.act(action, Some(of), name, args, call, at),
            None => self.call_unknown(of, args, at),
        }
    }

    /// `Model.update(…)` on a class of the repository that extends one of a library.
    pub(crate) fn call_class_static(
        &mut self,
        class: &Rc<ClassValue>,
        name: &str,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let mut root = class.base.clone();
        while let Some(Value { kind: Kind::Class(base), .. }) = &root {
            root = base.base.clone();
        }
        if let Some(Value { kind: Kind::Api(path), .. }) = &root
            && let Some(gives) = knowledge::libraries().api(path).and_then(|a| a.gives.clone())
        {
            let table = class.table.clone().map(TableName::Defined).or_else(|| {
                let (handle, _) = self.units.get(class.unit)?;
                let named = handle.unit()?.classes.get(class.id.0 as usize)?.name.clone()?;
                Some(TableName::Known(named))
            });
            let typed = Value::new(Kind::Typed(Rc::new(Typed { ty: gives, table, ..Typed::default() })));
            return self.call_typed_member(&typed, name, args, call, at);
        }
        self.call_unknown(&Value::unknown(name), args, at)
    }

    /// Nothing is known of the receiver: functions among the arguments may still run.
    pub(crate) fn call_by_hint(
        &mut self,
        of: &Value,
        name: &str,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        let _ = (name, call);
        self.call_unknown(of, args, at)
    }

    fn act(
        &mut self,
        action: &Action,
        subject: Option<&Value>,
        member: &str,
        args: Vec<Value>,
        call: &Call,
        at: Place,
    ) -> (Value, Flow) {
        for (path, wanted) in &action.when {
            if let Some(value) = argument(&args, path)
                && let Some(known) = value.to_text().as_known()
                && known != wanted
            {
                return self.plain_result(action, subject, &args, at);
            }
            if argument(&args, path).is_none() {
                return self.plain_result(action, subject, &args, at);
            }
        }
        if let Some(role) = action.role {
            return self.role(role, action, &args, call, at);
        }
        let typed = match subject.map(|s| &s.kind) {
            Some(Kind::Typed(typed)) => Some(Rc::clone(typed)),
            _ => None,
        };
        let mut flow = Flow::normal();
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
        if !effects.is_empty() || action.destructive || action.command.is_some() {
            let command = action.command.as_ref().map(|c| c.split_whitespace().map(Text::known).collect());
            self.note(
                EventKind::Effect {
                    effects,
                    command,
                    destructive: action.destructive,
                    url: url.clone(),
                    remote: false,
                },
                at,
            );
        }
        let mut result_of_calls = None;
        let mut rest = Vec::new();
        for (index, arg) in args.iter().enumerate() {
            let Some(ty) = action.calls.get(&index.to_string()) else {
                rest.push(arg.clone());
                continue;
            };
            if let Kind::Function(closure) = &arg.kind {
                let given = if let ("self", Some(subject)) = (ty.as_str(), subject) {
                    subject.clone()
                } else {
                    let mut value = typed_of(ty);
                    if let Kind::Typed(inner) = &value.kind {
                        let mut inner = (**inner).clone();
                        inner.url = url.clone();
                        value = Value::new(Kind::Typed(Rc::new(inner)));
                    }
                    value
                };
                let closure = Rc::clone(closure);
                let (value, next) = self.call_function(&closure, vec![given], at, closure.this.clone());
                flow.then(next);
                result_of_calls = Some(value);
            }
        }
        self.run_callbacks(&rest, at);
        let mut value = self.given(action, subject, typed.as_deref(), &args, table, url, at);
        if let (Some(result), None) = (&result_of_calls, &action.gives) {
            value = result.clone();
        }
        if action.awaits && !matches!(value.kind, Kind::Promise(_)) {
            value = Value::new(Kind::Promise(Rc::new(Promise { value, failing: None, events: Vec::new() })));
        }
        (value, flow)
    }

    fn plain_result(
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
    fn given(
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
                    for (field, value) in &object.entries {
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

    fn url_of(&self, action: &Action, typed: Option<&Typed>, args: &[Value]) -> Taint {
        for path in &action.url {
            if let Some(name) = path.strip_prefix("env:") {
                return self.environment(name).taint;
            }
            if let Some(Value { kind: Kind::Typed(given), .. }) = argument(args, path)
                && given.url.sources().is_some()
            {
                return given.url.clone();
            }
            if let Some(value) = argument(args, path)
                && value.taint.sources().is_some()
            {
                return value.taint;
            }
        }
        if action.opens && !action.url.is_empty() && args.is_empty() && self.context.schema_urls.len() == 1 {
            return self
                .context
                .schema_urls
                .iter()
                .fold(Taint::default(), |t, name| t.and(&self.environment(name).taint));
        }
        typed.map(|t| t.url.clone()).unwrap_or_default()
    }

    fn table_of(
        &mut self,
        action: &Action,
        typed: Option<&Typed>,
        member: &str,
        args: &[Value],
        call: &Call,
    ) -> Option<TableName> {
        let own = || typed.and_then(|t| t.table.clone());
        let Some(from) = &action.table else { return own() };
        if from == "member" {
            return Some(TableName::Known(member.to_owned()));
        }
        if let Some(name) = from.strip_prefix("static:") {
            return Some(TableName::Known(name.to_owned()));
        }
        if let Some(value) = argument(args, from) {
            return Some(self.as_table(&value));
        }
        if let Some(name) = call.type_args.first() {
            return Some(TableName::Known(name.clone()));
        }
        own()
    }

    fn as_table(&mut self, value: &Value) -> TableName {
        match &value.kind {
            Kind::Table(definition) => TableName::Defined(Rc::clone(definition)),
            Kind::Typed(typed) => typed.table.clone().unwrap_or(TableName::Unknown),
            Kind::Class(class) => match &class.table {
                Some(definition) => TableName::Defined(Rc::clone(definition)),
                None => self
                    .units
                    .get(class.unit)
                    .and_then(|(handle, _)| {
                        handle
                            .unit()
                            .and_then(|u| u.classes.get(class.id.0 as usize))
                            .and_then(|c| c.name.clone())
                    })
                    .map_or(TableName::Unknown, TableName::Known),
            },
            Kind::Object(object) if object.entries.len() == 1 => {
                // knex: `{ alias: "table" }`
                object
                    .entries
                    .values()
                    .next()
                    .and_then(Value::known_text)
                    .map_or(TableName::Unknown, |t| TableName::Known(t.to_owned()))
            }
            Kind::Unknown(label)
                if label.starts_with(|c: char| c.is_ascii_uppercase())
                    && label.chars().all(char::is_alphanumeric) =>
            {
                // An entity or model class that stands in no file that was read.
                TableName::Known(label.to_string())
            }
            _ => value.known_text().map_or(TableName::Unknown, |text| {
                TableName::Known(text.split(" as ").next().unwrap_or(text).trim().to_owned())
            }),
        }
    }

    fn columns_of(
        &self,
        action: &Action,
        operation: Operation,
        args: &[Value],
        map: Option<&TableDefinition>,
    ) -> Columns {
        if !matches!(operation, Operation::Insert | Operation::Update | Operation::Upsert) {
            return Columns::All;
        }
        if action.columns.is_empty() {
            return Columns::Unknown;
        }
        let mut names = Vec::new();
        let mut unknown = false;
        let mut found = false;
        for path in &action.columns {
            let Some(value) = argument(args, path) else { continue };
            found = true;
            collect_columns(&value, &mut names, &mut unknown);
        }
        if unknown || !found {
            return Columns::Unknown;
        }
        let mut names: Vec<String> = names
            .into_iter()
            .map(|name| map.and_then(|m| m.columns.get(&name).cloned()).unwrap_or(name))
            .collect();
        names.sort();
        names.dedup();
        Columns::Listed(names)
    }

    /// The text of a value as SQL, reading the file that it comes from.
    pub(crate) fn as_sql(&mut self, value: &Value) -> Text {
        match &value.kind {
            Kind::FileText(file) => self
                .context
                .sources
                .file(*file)
                .text
                .as_ref()
                .map_or_else(|| Text::hole("file"), |t| Text::known(t.to_string())),
            Kind::Object(object) => object
                .entries
                .get("text")
                .or_else(|| object.entries.get("sql"))
                .map_or_else(|| Text::hole("query"), super::super::value::Value::to_text),
            _ => value.to_text(),
        }
    }

    /// SQL is executed: what it does are effects.
    pub(crate) fn execute(&mut self, value: &Value, url: &Taint, at: Place, remote: bool) {
        if let Kind::FileText(file) = &value.kind {
            self.note(EventKind::Reach { file: *file, how: How::Sql }, at);
        }
        // A list of statements, a statement of a query builder.
        if let Kind::List(items, _) = &value.kind {
            for item in items.iter().cloned().collect::<Vec<_>>() {
                self.execute(&item, url, at, remote);
            }
            return;
        }
        let text = self.as_sql(value);
        let reading = sql::read(&text, None);
        let mut effects: Vec<Effect> = Vec::new();
        for found in reading.effects {
            if !effects.contains(&found.effect) {
                effects.push(found.effect);
            }
        }
        if reading.opaque {
            // Somebody's parameter: whoever calls this with a text is looked at there.
            if self.speculative
                && effects.iter().all(|e| e.operation == Operation::RawSql)
                && value.taint.sources().is_none()
            {
                return;
            }
            if !effects.iter().any(|e| e.operation == Operation::RawSql) {
                effects.push(Effect::on(Operation::RawSql, Table::Unknown));
            }
        }
        if effects.is_empty() {
            self.note(EventKind::Reads { url: url.clone() }, at);
            return;
        }
        self.note(
            EventKind::Effect { effects, command: None, destructive: false, url: url.clone(), remote },
            at,
        );
    }

    fn role(&mut self, role: Role, action: &Action, args: &[Value], call: &Call, at: Place) -> (Value, Flow) {
        let taint = args.iter().fold(Taint::default(), |t, a| t.and(&a.taint));
        let first = args.first().cloned().unwrap_or_else(Value::undefined);
        match role {
            Role::Exit | Role::Abort => (Value::undefined(), Flow { exits: true, ..Flow::default() }),
            Role::Environment | Role::Arguments => (Value::tainted("arguments", arguments()), Flow::normal()),
            Role::ReadVariable => {
                if let Some(name) = first.known_text() {
                    let value = Value { kind: Kind::Variable(Rc::from(name)), taint: Taint::variable(name) };
                    let value = match args.get(1) {
                        Some(default) if !matches!(default.kind, Kind::Undefined) => {
                            if name == "CI" && default.known_text() != Some("true") {
                                value
                            } else {
                                Value::tainted(name, value.taint)
                            }
                        }
                        _ => value,
                    };
                    (value, Flow::normal())
                } else {
                    let computed = Taint::of(Sources { computed: true, ..Sources::default() });
                    (Value::tainted("environment variable", computed.and(&taint)), Flow::normal())
                }
            }
            Role::Prompt => {
                let prompt = Taint::of(Sources { prompt: true, ..Sources::default() });
                self.run_callbacks(args, at);
                let value = Value::tainted("answer", prompt);
                (
                    Value::new(Kind::Promise(Rc::new(Promise {
                        value: value.clone(),
                        failing: None,
                        events: Vec::new(),
                    })))
                    .with(&value.taint),
                    Flow::normal(),
                )
            }
            Role::CommandLine => {
                self.run_callbacks(args, at);
                let value = match &action.gives {
                    Some(ty) => typed_of(ty),
                    None => Value::tainted("option", arguments()),
                };
                (value.with(&arguments()), Flow::normal())
            }
            Role::Shell
            | Role::ShellUnchecked
            | Role::Command
            | Role::CommandUnchecked
            | Role::CommandList
            | Role::CommandListUnchecked => self.start_role(role, action, args, call, at),
            Role::RunFile => {
                if let Some(file) = self.file_argument(&first) {
                    let words =
                        vec![Text::known("node"), Text::known(self.context.sources.path(file).to_owned())];
                    return self.run_words(&words, &[], None, at, false);
                }
                (Value::unknown("process"), Flow::normal())
            }
            Role::ReadFile => {
                self.run_callbacks(args, at);
                let value = match self.file_argument(&first) {
                    Some(file) => Value::new(Kind::FileText(file)),
                    None => Value::tainted("file", taint),
                };
                let value = if action.awaits {
                    Value::new(Kind::Promise(Rc::new(Promise { value, failing: None, events: Vec::new() })))
                } else {
                    value
                };
                (value, Flow::normal())
            }
            Role::JoinPath => {
                let mut text = Text::default();
                for (index, arg) in args.iter().enumerate() {
                    let piece = arg.to_text();
                    let absolute = piece.prefix().starts_with('/');
                    if absolute && index > 0 && action.gives.as_deref() == Some("resolve") {
                        text = Text::default();
                    } else if index > 0 {
                        text.push_known("/");
                    }
                    text.push(&piece);
                }
                (Value { kind: Kind::Text(Rc::new(text)), taint }, Flow::normal())
            }
            Role::Dirname => {
                let value = first
                    .known_text()
                    .map(|t| t.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned());
                (
                    value.map_or_else(
                        || Value::tainted("folder", taint.clone()),
                        |v| Value::text(v).with(&taint),
                    ),
                    Flow::normal(),
                )
            }
            Role::Basename => {
                let value = first.known_text().map(|t| t.rsplit('/').next().unwrap_or(t).to_owned());
                (
                    value.map_or_else(
                        || Value::tainted("name", taint.clone()),
                        |v| Value::text(v).with(&taint),
                    ),
                    Flow::normal(),
                )
            }
            Role::Same => (first, Flow::normal()),
            Role::Log => (Value::undefined(), Flow::normal()),
            Role::Assert => self.assert(&first, at),
            Role::AssertEqual => {
                let other = args.get(1).cloned().unwrap_or_else(Value::undefined);
                let same = self.compare(Comparison::Equal, &first, &other);
                self.assert(&same, at)
            }
            Role::SetProperty => {
                if let (Kind::Api(path), Some(name)) =
                    (&first.kind, args.get(1).and_then(|a| a.known_text()).map(str::to_owned))
                {
                    let value = argument(args, "2.value").or_else(|| argument(args, "2.get"));
                    let value = value.or_else(|| args.get(2).cloned()).unwrap_or_else(Value::undefined);
                    self.set_api(&Rc::clone(path), &name, value, at);
                }
                (first, Flow::normal())
            }
            Role::Merge => (self.merged(args, at), Flow::normal()),
            Role::LoadEnv => {
                let path = argument(args, "0.path").or_else(|| argument(args, "0"));
                let known = path.as_ref().and_then(|p| p.known_text()).map(str::to_owned);
                self.load_env(known.as_deref(), at);
                (Value::unknown("env"), Flow::normal())
            }
            Role::Serve => {
                self.serves = true;
                self.note(EventKind::Serves, at);
                self.run_callbacks(args, at);
                let value = match &action.gives {
                    Some(ty) => typed_of(ty),
                    None => Value::unknown("server"),
                };
                (value, Flow::normal())
            }
            Role::AwaitAll | Role::SettleAll => {
                let mut failing = None;
                if let Kind::List(items, _) = &first.kind {
                    for item in items.iter() {
                        if let Kind::Promise(promise) = &item.kind {
                            failing = failing.or(promise.failing);
                        }
                    }
                }
                if role == Role::SettleAll {
                    if failing.is_some() {
                        let guard = self.last_guard_stop();
                        self.excuse(crate::reach::event::ExcuseKind::Swallowed, at, Taint::default(), guard);
                    }
                    failing = None;
                }
                let value = Value::tainted("results", taint);
                (
                    Value::new(Kind::Promise(Rc::new(Promise { value, failing, events: Vec::new() }))),
                    Flow::normal(),
                )
            }
            Role::Later => {
                self.run_callbacks(args, at);
                (Value::unknown("handle"), Flow::normal())
            }
            Role::Eval => {
                let scope = self.unit_of_file.get(&at.file).map_or(0, |unit| self.unit_scope(*unit));
                self.eval_text(scope, &first, at)
            }
            Role::ExitStatus | Role::Pure => {
                self.run_callbacks(args, at);
                let value = match &action.gives {
                    Some(ty) if ty != "self" => typed_of(ty),
                    _ => Value::tainted("value", taint),
                };
                (value, Flow::normal())
            }
            Role::HereDirectory | Role::HereFile | Role::IsMain => {
                (self.read_api("", action, at), Flow::normal())
            }
            Role::Load => match first.known_text().map(str::to_owned) {
                Some(name) => {
                    let unit = self.unit_of_file.get(&at.file).copied().unwrap_or(0);
                    self.load_module(unit, &name, at.span)
                }
                None => (Value::tainted("module", taint), Flow::normal()),
            },
            Role::Raise
            | Role::Unwrap
            | Role::Drive
            | Role::Failed
            | Role::IsWell
            | Role::IsFailure
            | Role::Well
            | Role::Instead
            | Role::InsteadOf
            | Role::Attempt
            | Role::Succeeded => self.outcome(role, args, at),
            Role::Decode => {
                let computed = Taint::of(Sources { computed: true, ..Sources::default() });
                (Value::tainted("decoded text", taint.and(&computed)), Flow::normal())
            }
        }
    }

    /// Goes on only where the value holds: a guard, where it asks what a guard asks.
    fn assert(&mut self, value: &Value, at: Place) -> (Value, Flow) {
        let failure = Flow { throws: true, ..Flow::default() };
        let relevant =
            value.taint.has(|s| s.ci) && self.world == World::NoCi || value.taint.has(|s| s.verdict);
        match self.truth(value) {
            Truth::Yes => (Value::undefined(), Flow::normal()),
            Truth::No => {
                if relevant {
                    self.guard_stop(at);
                }
                (Value::undefined(), Flow { guarded: relevant, ..failure })
            }
            Truth::Unknown => {
                let (_, _, flow) = self.fork_values(
                    at,
                    &value.taint,
                    |_| (Value::undefined(), Flow::normal()),
                    |_| (Value::undefined(), failure),
                );
                (Value::undefined(), flow)
            }
        }
    }

    /// `Object.assign(first, …)`.
    fn merged(&mut self, args: &[Value], at: Place) -> Value {
        let mut taint = Taint::default();
        let mut entries = std::collections::BTreeMap::new();
        let mut open = false;
        for (index, arg) in args.iter().enumerate() {
            taint = taint.and(&arg.taint);
            match &arg.kind {
                Kind::Object(object) => {
                    entries.extend(object.entries.clone());
                    open |= object.open || object.class.is_some();
                }
                Kind::Undefined | Kind::Null => {}
                Kind::Api(path)
                    if index == 0
                        && knowledge::libraries().api(path).and_then(|a| a.role)
                            == Some(Role::Environment) =>
                {
                    for more in &args[1..] {
                        if let Kind::Object(object) = &more.kind {
                            for (name, value) in &object.entries {
                                self.set_environment(name, value.clone(), at);
                            }
                        }
                    }
                    return arg.clone();
                }
                // Something else is filled: what it is stays, and what it holds is not known.
                _ if index == 0 => return arg.clone(),
                _ => open = true,
            }
        }
        Value::object(entries, open).with(&taint)
    }

    /// The file of the repository that a path value names.
    pub(crate) fn file_argument(&self, value: &Value) -> Option<FileId> {
        let text = value.to_text();
        let known = text.as_known()?;
        let from_here = known.strip_prefix('/');
        let here = self.directory.as_deref().unwrap_or(".");
        let tries = match from_here {
            // Paths made of `__dirname` are written from the root.
            Some(rest) => vec![rest.to_owned()],
            None => vec![crate::reach::resolve::join(here, known), known.to_owned()],
        };
        tries.iter().filter_map(|t| crate::reach::resolve::normal(t)).find_map(|path| {
            self.context
                .sources
                .find(&path)
                .or_else(|| self.context.resolver.file(self.context.sources, &path))
        })
    }

    pub(crate) fn load_env(&mut self, path: Option<&str>, at: Place) {
        let here = self.directory.clone().unwrap_or_else(|| ".".to_owned());
        let path = path.unwrap_or(".env").trim_start_matches('/');
        let found = [crate::reach::resolve::join(&here, path), path.to_owned()]
            .iter()
            .filter_map(|p| crate::reach::resolve::normal(p))
            .find_map(|p| self.context.sources.find(&p));
        if let Some(file) = found {
            self.note(EventKind::LoadsEnv { file }, at);
        }
    }
}

fn arguments() -> Taint {
    Taint::of(Sources { arguments: true, ..Sources::default() })
}

fn typed_of(ty: &str) -> Value {
    Value::new(Kind::Typed(Rc::new(Typed { ty: ty.to_owned(), ..Typed::default() })))
}

fn name_of(table: Option<&TableName>) -> (Table, Option<Rc<TableDefinition>>) {
    match table {
        Some(TableName::Known(name)) => (Table::Named(name.clone()), None),
        Some(TableName::Defined(definition)) => {
            let named = definition.name.clone().map_or(Table::Unknown, Table::Named);
            (named, Some(Rc::clone(definition)))
        }
        Some(TableName::Unknown) | None => (Table::Unknown, None),
    }
}

/// `0`, `0.connectionString`: an argument, and keys into it.
pub(crate) fn argument(args: &[Value], path: &str) -> Option<Value> {
    let mut parts = path.split('.');
    let index: usize = parts.next()?.parse().ok()?;
    let mut value = args.get(index)?.clone();
    for key in parts {
        value = match &value.kind {
            Kind::Object(object) => match object.entries.get(key) {
                Some(found) => found.clone(),
                None if object.open => Value::unknown(key),
                None => return None,
            },
            Kind::Unknown(_) => Value::tainted(key, value.taint.clone()),
            _ => return None,
        };
    }
    (!matches!(value.kind, Kind::Undefined)).then_some(value)
}

fn collect_columns(value: &Value, names: &mut Vec<String>, unknown: &mut bool) {
    match &value.kind {
        Kind::Object(object) => {
            *unknown |= object.open;
            names.extend(
                object
                    .entries
                    .iter()
                    .filter(|(_, v)| !matches!(v.kind, Kind::Undefined))
                    .map(|(k, _)| k.clone()),
            );
        }
        Kind::List(items, open) => {
            *unknown |= *open && items.is_empty();
            for item in items.iter() {
                collect_columns(item, names, unknown);
            }
        }
        Kind::Text(text) => match text.as_known() {
            Some(name) => names.push(name.to_owned()),
            None => *unknown = true,
        },
        _ => *unknown = true,
    }
}

/// The column that a builder in a table definition names: `integer("monthly_cents")`.
fn column_name(field: &str, value: &Value) -> String {
    match &value.kind {
        Kind::Typed(typed) => match &typed.table {
            Some(TableName::Known(name)) => name.clone(),
            _ => field.to_owned(),
        },
        Kind::Object(object) => object
            .entries
            .get("field")
            .or_else(|| object.entries.get("name"))
            .and_then(Value::known_text)
            .unwrap_or(field)
            .to_owned(),
        _ => value.known_text().unwrap_or(field).to_owned(),
    }
}

/// Prisma writes through relations: `data: { author: { create: {…} } }` inserts into another table.
/// The relation's name stands for its model; the schema resolves it later.
fn nested_writes(value: &Value, effects: &mut Vec<Effect>, depth: usize) {
    if depth > 8 {
        return;
    }
    match &value.kind {
        Kind::List(items, _) => items.iter().for_each(|item| nested_writes(item, effects, depth + 1)),
        Kind::Object(object) => {
            for (field, inner) in &object.entries {
                let Kind::Object(operations) = &inner.kind else { continue };
                for (name, given) in &operations.entries {
                    let found: &[Operation] = match name.as_str() {
                        "create" | "createMany" => &[Operation::Insert],
                        "connectOrCreate" => &[Operation::Insert],
                        "update" | "updateMany" => &[Operation::Update],
                        "upsert" => &[Operation::Upsert],
                        "delete" | "deleteMany" => &[Operation::Delete],
                        _ => &[],
                    };
                    for operation in found {
                        let mut names = Vec::new();
                        let mut unknown = false;
                        for data in data_of(name, given) {
                            collect_columns(&data, &mut names, &mut unknown);
                            nested_writes(&data, effects, depth + 1);
                        }
                        names.sort();
                        names.dedup();
                        let columns = match operation {
                            Operation::Delete => Columns::All,
                            _ if unknown => Columns::Unknown,
                            _ => Columns::Listed(names),
                        };
                        let effect = Effect {
                            operation: *operation,
                            table: Table::Named(format!(".{field}")),
                            columns,
                        };
                        if !effects.contains(&effect) {
                            effects.push(effect);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

fn data_of(name: &str, given: &Value) -> Vec<Value> {
    let key = |object: &crate::reach::value::Object, key: &str| object.entries.get(key).cloned();
    match &given.kind {
        Kind::List(items, _) => items.iter().flat_map(|item| data_of(name, item)).collect(),
        Kind::Object(object) => match name {
            "createMany" | "updateMany" => key(object, "data").into_iter().collect(),
            "update" => vec![key(object, "data").unwrap_or_else(|| given.clone())],
            "connectOrCreate" => key(object, "create").into_iter().collect(),
            "upsert" => key(object, "create").into_iter().chain(key(object, "update")).collect(),
            "create" => vec![given.clone()],
            _ => Vec::new(),
        },
        _ => vec![given.clone()],
    }
}
