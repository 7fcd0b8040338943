//! What a type's name stands for, through aliases and other modules: `type Db = Knex`, `typeof db`,
//! and what the fields of a class are that nobody is seen to make.

use crate::knowledge;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::instance::BASE;
use crate::reach::eval::library::typed_of;
use crate::reach::resolve::Target;
use crate::reach::value::{Kind, Object, Value};
use crate::words::flow::{
    Class, ClassId, Dialect, Expr, ExprKind, Function, FunctionId, MemberValue, NodeKind, TypeOrigin, Unit,
};
use crate::words::span::{FileId, Place, Span};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashSet;

/// How many modules are asked for one type; barrels pass on what dozens of others have.
const MOST_NAMES: usize = 200;

/// One question for a type, as far as it went.
#[derive(Default)]
struct Search {
    left: usize,
    seen: FxHashSet<(FileId, Rc<str>)>,
    /// A module that is being loaded could not say yet what it holds.
    cut: bool,
}

impl Search {
    fn complete(&self) -> bool {
        self.left > 0 && !self.cut
    }
}

impl Walker<'_> {
    /// What something of this type is, where a library's client stands behind the name.
    pub(super) fn by_type(&mut self, unit: usize, name: &str) -> Option<Value> {
        let held = self.unit(unit)?;
        // Several libraries have a `Pool`: the one that the file imports it from is asked first.
        let known = imported(held, name).and_then(|path| knowledge::libraries().by_annotation(&path));
        if let Some(ty) = known {
            return Some(typed_of(ty));
        }
        if let Some(value) = Self::by_annotation(name) {
            return Some(value);
        }
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
        let mut search = Search { left: MOST_NAMES, ..Search::default() };
        let found = self.type_in(file, name, &mut search);
        if found.is_none() && search.complete() {
            // Nothing that was passed on the way leads anywhere either.
            self.types.extend(search.seen.into_iter().map(|key| (key, None)));
        }
        self.types.insert(key, found.clone());
        found
    }

    fn type_in(&mut self, file: FileId, name: &str, search: &mut Search) -> Option<Value> {
        search.left = search.left.checked_sub(1)?;
        let source = self.context.sources.file(file);
        let last = name.rsplit('.').next().unwrap_or(name);
        if source.kind != crate::lang::Kind::JavaScript
            || !(source.mentions(last) || source.passes_all_on())
            || (self.context.quarantined)(file)
        {
            return None;
        }
        // Barrels lead to the same module again and again.
        let key = (file, Rc::from(name));
        if search.seen.contains(&key) {
            return None;
        }
        if let Some(known @ Some(_)) = self.types.get(&key) {
            return known.clone();
        }
        search.seen.insert(key);
        let lowered = Arc::clone(source.lowered());
        let held = lowered.unit.as_ref()?;
        let own = held.types.iter().find(|t| t.name == name);
        let all = held.types.iter().filter(|t| own.is_none() && t.name == "*");
        for found in own.into_iter().chain(all) {
            let value = match &found.of {
                TypeOrigin::Name(other) => {
                    Self::by_annotation(other).or_else(|| self.type_in(file, other, search))
                }
                TypeOrigin::Value(value) => self.value_in(file, value, search).and_then(|v| client(&v)),
                TypeOrigin::Result(function) => self.result_in(file, function, search),
                TypeOrigin::Module { module, name: there } => {
                    let there = if there == "*" { name } else { there.as_str() };
                    match self.leads_to(file, module) {
                        Target::File(other) => self.type_in(other, there, search),
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
    fn value_in(&mut self, file: FileId, name: &str, search: &mut Search) -> Option<Value> {
        if self.module_stack.contains(&file) {
            search.cut = true;
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

    fn result_in(&mut self, file: FileId, name: &str, search: &mut Search) -> Option<Value> {
        let value = self.value_in(file, name, search)?;
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

    /// The object whose method this is, where the types of its fields say that they are clients.
    pub(super) fn typed_fields(&mut self, unit: usize, id: FunctionId) -> Option<Value> {
        let held = self.unit(unit).filter(|held| held.dialect == Dialect::JavaScript)?;
        let has = |class: &Class| {
            class.members.iter().any(|m| {
                !m.is_static && matches!(m.value, MemberValue::Method(f) | MemberValue::Getter(f) if f == id)
            })
        };
        let at = held.classes.iter().position(has)?;
        let wanted = ClassId(u32::try_from(at).ok()?);
        let scope = self.scopes.get(self.unit_scope(unit))?;
        let mut class = scope.names.iter().find_map(|(_, value)| match &value.kind {
            Kind::Class(class) if class.unit == unit && class.id == wanted => Some(Rc::clone(class)),
            _ => None,
        });
        let own = class.clone()?;
        let mut entries = BTreeMap::new();
        let mut left = MOST_NAMES;
        while let Some(at) = class.take().filter(|_| left > 0) {
            left -= 1;
            for (name, of) in self.typed_in(at.unit, at.id) {
                if entries.contains_key(&name) {
                    continue;
                }
                let value = self.by_type(at.unit, &of).or_else(|| self.annotated(at.unit, at.scope, &of));
                if let Some(value) = value {
                    entries.insert(name, value);
                }
            }
            class = match at.base.as_ref().map(|base| &base.kind) {
                Some(Kind::Class(base)) => Some(Rc::clone(base)),
                _ => None,
            };
        }
        let object = Object { entries, open: true, class: Some(own) };
        (!object.entries.is_empty()).then(|| Value::new(Kind::Object(Rc::new(object))))
    }

    /// Fields of a class and the names of their types.
    fn typed_in(&self, unit: usize, id: ClassId) -> Vec<(String, String)> {
        let mut out: Vec<(String, String)> = Vec::new();
        let Some(held) = self.unit(unit) else { return out };
        let Some(class) = held.classes.get(id.0 as usize) else { return out };
        for member in class.members.iter().filter(|m| !m.is_static) {
            if let (MemberValue::Field(None), Some(of)) = (&member.value, &member.type_name) {
                out.push((member.name.clone(), of.clone()));
            }
        }
        out.extend(class.constructor.and_then(|id| function(held, id)).into_iter().flat_map(kept));
        out
    }
}

/// The module that a type's name comes from, and its name there: `mysql2/promise.Pool`.
fn imported(held: &Unit, name: &str) -> Option<String> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(first, rest)| (first, Some(rest)));
    held.types.iter().filter(|of| of.name == first).find_map(|found| match &found.of {
        TypeOrigin::Module { module, name: there } => Some(format!("{module}.{}", rest.unwrap_or(there))),
        _ => None,
    })
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
