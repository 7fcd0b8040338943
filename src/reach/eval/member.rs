//! Members of values, read by name or by key.

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::Walker;
use crate::reach::eval::alternatives;
use crate::reach::eval::command::UNCHECKED;
use crate::reach::eval::object::bind_this;
use crate::reach::eval::surroundings;
use crate::reach::value::{Kind, Sources, Taint, Value};
use crate::words::span::Place;
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn member(&mut self, of: &Value, name: &str, at: Option<Place>) -> Value {
        match &of.kind {
            Kind::Module(file) => {
                let file = *file;
                if let Some(value) = self.member_of_module(file, name) {
                    return value;
                }
                if let Some(value) = self.submodule(file, name, at) {
                    return value;
                }
                // A cycle, or a name that only the run gives: known by its name at best.
                self.hint_in(at.map(|at| at.file), name).unwrap_or_else(|| Value::unknown(name))
            }
            Kind::Object(object) => {
                if let Some(value) = object.entries.get(name) {
                    return value.clone().with(&Taint::default());
                }
                if let Some(getter) = object.entries.get(&format!("get {name}")).cloned() {
                    return self.got(&getter, of, at);
                }
                if let Some(above) = self.above(object, name) {
                    return above;
                }
                if let Some(class) = object.class.clone() {
                    if let Some(value) = self.class_member(&class, name, false) {
                        if self.is_getter(&class, name) {
                            return self.got(&value, of, at);
                        }
                        return bind_this(value, of);
                    }
                    if let Some(base) = object.entries.get("\u{0}base").cloned()
                        && !self.only_named(&base, name, at)
                    {
                        return self.member(&base, name, at);
                    }
                }
                if object.class.is_none()
                    && let Some(base) = object.entries.get("\u{0}base").cloned()
                {
                    // A copy of a client does what the client does.
                    return self.member(&base, name, at);
                }
                if object.open {
                    return self
                        .hint_in(at.map(|at| at.file), name)
                        .unwrap_or_else(|| Value::tainted(name, of.taint.clone()));
                }
                Value::undefined()
            }
            Kind::Class(class) => {
                let class = Rc::clone(class);
                self.class_member(&class, name, true)
                    .or_else(|| self.library_member(&class, name))
                    .unwrap_or_else(|| Value::new(Kind::Method(Rc::new((of.clone(), name.to_owned())))))
            }
            Kind::Api(path) => {
                let joined = [path, ".", name].concat();
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
            Kind::Typed(_) => self.typed_property(of, name),
            Kind::Promise(_)
            | Kind::Text(_)
            | Kind::List(..)
            | Kind::Function(_)
            | Kind::FileText(_)
            | Kind::Table(_) => {
                if let Some(value) = path_property(of, name) {
                    return value;
                }
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
            Kind::Unknown(_) if surroundings::is_copy(of) => surroundings::member(name),
            Kind::Unknown(label) => {
                // Whatever holds it, something called `prisma` is taken for what it is called.
                if let Some(mut typed) = self.hint_in(at.map(|at| at.file), name) {
                    typed.taint = of.taint.clone();
                    return typed;
                }
                // What it printed does not say whether it failed, nor that it could be started.
                let output = label.starts_with(UNCHECKED)
                    && matches!(name, "stdout" | "stderr" | "stdin" | "output" | "pid" | "error");
                let taint = if output { of.taint.without_outcomes() } else { of.taint.clone() };
                Value::part_of(label, [".", name], taint)
            }
            _ => Value::tainted(name, of.taint.clone()),
        }
    }

    /// The name stands as it is in a file that this walk has read: whoever looks for it finds it.
    fn stands_written(&self, name: &str) -> bool {
        self.units.iter().any(|(_, file)| {
            let source = self.context.sources.file(*file);
            source.mentions(name) && source.text.as_deref().is_some_and(|text| text.contains(name))
        })
    }

    pub(super) fn index(&mut self, of: &Value, key: &Value, made: bool, at: Place) -> Value {
        if let Kind::Api(path) = &of.kind
            && knowledge::libraries().api(path).and_then(|a| a.role) == Some(Role::Environment)
        {
            let computed = Taint::of(Sources { computed: true, ..Sources::default() });
            return match key.known_text() {
                // A plain name in brackets is no disguise; one put together from parts is.
                Some(name) if !made || name == "CI" || self.stands_written(name) => self.environment(name),
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
            (Kind::Object(object), _) if alternatives::is_table(object) => {
                alternatives::any_of(object).with(&of.taint).with(&key.taint)
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
}

/// Paths are texts that know their folders.
fn path_property(of: &Value, name: &str) -> Option<Value> {
    let text = of.known_text()?;
    let up = |path: &str| match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/".to_owned(),
        Some((folder, _)) => folder.to_owned(),
        None => ".".to_owned(),
    };
    let value = match name {
        "parent" => Value::text(up(text)),
        "parents" => {
            let mut all = Vec::new();
            let mut at = text.to_owned();
            for _ in 0..8 {
                at = up(&at);
                all.push(Value::text(at.clone()));
            }
            Value::list(all)
        }
        "name" => Value::text(text.rsplit('/').next().unwrap_or(text)),
        _ => return None,
    };
    Some(value.with(&of.taint))
}
