//! What a type's name stands for, through aliases and other modules: `type Db = Knex`, `typeof db`,
//! and what the fields of a class are that nobody is seen to make.

use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::instance::BASE;
use crate::reach::resolve::Target;
use crate::reach::value::{Kind, Object, Value};
use crate::words::flow::{
    Class, Dialect, Expr, ExprKind, Function, FunctionId, MemberValue, NodeKind, TypeOrigin, Unit,
};
use crate::words::span::{FileId, Place, Span};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// How many names a type may be passed on by.
const MOST_NAMES: usize = 12;

impl Walker<'_> {
    /// What something of this type is, where a library's client stands behind the name.
    pub(super) fn by_type(&mut self, unit: usize, name: &str) -> Option<Value> {
        if let Some(value) = Self::by_annotation(name) {
            return Some(value);
        }
        let held = self.unit(unit)?;
        if held.dialect != Dialect::JavaScript || !held.types.iter().any(|t| t.name == name) {
            return None;
        }
        let file = self.file_of(unit);
        let key = (file, Rc::from(name));
        if let Some(known) = self.types.get(&key) {
            return known.clone();
        }
        // A type may stand for itself by way of others.
        self.types.insert(key.clone(), None);
        let mut left = MOST_NAMES;
        let found = self.type_in(file, name, &mut left);
        self.types.insert(key, found.clone());
        found
    }

    fn type_in(&mut self, file: FileId, name: &str, left: &mut usize) -> Option<Value> {
        *left = left.checked_sub(1)?;
        let source = self.context.sources.file(file);
        let text = source.text.as_deref()?;
        let last = name.rsplit('.').next().unwrap_or(name);
        if source.kind != crate::lang::Kind::JavaScript
            || !(text.contains(last) || text.contains("export *"))
            || (self.context.quarantined)(file)
        {
            return None;
        }
        let lowered = Arc::clone(source.lowered());
        let held = lowered.unit.as_ref()?;
        let own = held.types.iter().find(|t| t.name == name);
        let all = held.types.iter().filter(|t| own.is_none() && t.name == "*");
        for found in own.into_iter().chain(all) {
            let value = match &found.of {
                TypeOrigin::Name(other) => {
                    Self::by_annotation(other).or_else(|| self.type_in(file, other, left))
                }
                TypeOrigin::Value(value) => self.value_in(file, value).and_then(|v| client(&v)),
                TypeOrigin::Result(function) => self.result_in(file, function),
                TypeOrigin::Module { module, name: there } => {
                    let path = self.context.sources.path(file).to_owned();
                    let there = if there == "*" { name } else { there.as_str() };
                    match self.context.resolver.module(self.context.sources, &path, module) {
                        Target::File(other) => self.type_in(other, there, left),
                        _ => Self::by_annotation(there),
                    }
                }
            };
            if value.is_some() {
                return value;
            }
        }
        None
    }

    /// A name of a module, which is loaded for it where it leads to a library.
    fn value_in(&mut self, file: FileId, name: &str) -> Option<Value> {
        if self.module_stack.contains(&file) {
            return None;
        }
        if !self.modules.contains_key(&file) {
            if !self.context.leading.contains(&file) {
                return None;
            }
            self.quietly(|walker| {
                let _ = walker.load(file);
            });
        }
        let unit = self.unit_of_file.get(&file).copied()?;
        self.look_up(self.unit_scope(unit), name)
    }

    fn result_in(&mut self, file: FileId, name: &str) -> Option<Value> {
        let value = self.value_in(file, name)?;
        let closure = match &value.kind {
            Kind::Function(closure) => Rc::clone(closure),
            _ => return client(&value),
        };
        let at = Place { file, span: Span::default() };
        let mut given = Value::undefined();
        self.quietly(|walker| {
            let (value, _): (Value, Flow) = walker.call_function(&closure, Vec::new(), at, None);
            given = value;
        });
        client(&given)
    }

    /// The fields of an object whose method this is, as far as their types say that they are clients.
    pub(super) fn typed_fields(&mut self, unit: usize, id: FunctionId) -> Option<Value> {
        let handle = self.units.get(unit)?.0.clone();
        let held = handle.unit().filter(|held| held.dialect == Dialect::JavaScript)?;
        let has = |class: &&Class| {
            class.members.iter().any(|m| {
                !m.is_static && matches!(m.value, MemberValue::Method(f) | MemberValue::Getter(f) if f == id)
            })
        };
        let class = held.classes.iter().find(has)?;
        let mut typed: Vec<(String, String)> = Vec::new();
        for member in class.members.iter().filter(|m| !m.is_static) {
            if let (MemberValue::Field(None), Some(of)) = (&member.value, &member.type_name) {
                typed.push((member.name.clone(), of.clone()));
            }
        }
        typed.extend(class.constructor.and_then(|id| function(held, id)).into_iter().flat_map(kept));
        let mut entries = BTreeMap::new();
        for (name, of) in typed {
            if let Some(value) = self.by_type(unit, &of).or_else(|| {
                let scope = self.unit_scope(unit);
                self.annotated(unit, scope, &of)
            }) {
                entries.insert(name, value);
            }
        }
        (!entries.is_empty())
            .then(|| Value::new(Kind::Object(Rc::new(Object { entries, open: true, class: None }))))
    }
}

fn function(held: &Unit, id: FunctionId) -> Option<&Function> {
    held.functions.get(id.0 as usize)
}

/// `this.db = db`: the fields that a constructor fills with its parameters, by the types of these.
fn kept(constructor: &Function) -> Vec<(String, String)> {
    let mut out = Vec::new();
    for node in &constructor.body {
        let NodeKind::Assign { target, value } = &node.kind else { continue };
        let (Some(field), ExprKind::Name(from)) = (own_field(target), &*value.kind) else { continue };
        let of = constructor.params.iter().find(|param| param.name == *from);
        if let Some(of) = of.and_then(|param| param.type_name.as_ref()) {
            out.push((field.to_owned(), of.clone()));
        }
    }
    out
}

fn own_field(target: &Expr) -> Option<&str> {
    let ExprKind::Member { of, name, .. } = &*target.kind else { return None };
    matches!(&*of.kind, ExprKind::Name(this) if this == "this").then_some(name.as_str())
}

/// What a library gave, or a copy of it.
fn client(value: &Value) -> Option<Value> {
    match &value.kind {
        Kind::Typed(_) => Some(value.clone()),
        Kind::Object(object) if object.entries.contains_key(BASE) => Some(value.clone()),
        Kind::Promise(promise) => client(&promise.value),
        _ => None,
    }
}
