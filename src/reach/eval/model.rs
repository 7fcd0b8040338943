//! Classes that stand for tables, their rows, and statements that somebody else executes.

use crate::knowledge;
use crate::reach::eval::Walker;
use crate::reach::eval::named::named_object;
use crate::reach::value::{ClassValue, Kind, TableName, Typed, Value};
use crate::words::flow::{Call, CallKind, Expr, ExprKind};
use crate::words::span::Place;
use std::rc::Rc;

impl Walker<'_> {
    /// The table of a class: named by itself, by what it extends, or by the custom of its library.
    pub(super) fn class_table(&self, class: &Rc<ClassValue>) -> TableName {
        let mut at = Some(Rc::clone(class));
        let mut root = None;
        while let Some(found) = at {
            if let Some(table) = &found.table {
                return TableName::Defined(Rc::clone(table));
            }
            at = match found.base.as_ref().map(|base| &base.kind) {
                Some(Kind::Class(base)) => Some(Rc::clone(base)),
                other => {
                    root = other.cloned();
                    None
                }
            };
        }
        let Some((handle, file)) = self.units.get(class.unit) else { return TableName::Unknown };
        let named =
            handle.unit().and_then(|u| u.classes.get(class.id.0 as usize)).and_then(|c| c.name.clone());
        let Some(named) = named else { return TableName::Unknown };
        let style = match &root {
            Some(Kind::Api(path)) => {
                knowledge::libraries().api(path).and_then(|action| action.names_tables.as_deref())
            }
            Some(Kind::Typed(typed)) => {
                knowledge::libraries().ty(&typed.ty).and_then(|ty| ty.names_tables.as_deref())
            }
            _ => None,
        };
        TableName::Known(match style {
            Some("app-model") => {
                format!("{}_{}", app_of(self.context.sources.path(*file)), named.to_lowercase())
            }
            Some("lower") => named.to_lowercase(),
            Some("snake") => snake(&named),
            _ => named,
        })
    }

    /// What a class is to the library whose class it extends.
    pub(super) fn class_typed(&self, class: &Rc<ClassValue>) -> Option<Value> {
        let mut root = class.base.clone();
        while let Some(Value { kind: Kind::Class(base), .. }) = &root {
            let above = base.base.clone();
            root = above;
        }
        let ty = match &root?.kind {
            Kind::Api(path) => knowledge::libraries().api(path)?.gives.clone()?,
            Kind::Typed(typed) => typed.ty.clone(),
            _ => return None,
        };
        let table = Some(self.class_table(class));
        Some(Value::new(Kind::Typed(Rc::new(Typed { ty, table, ..Typed::default() }))))
    }

    /// A property that a class has from its library (`Model.objects`).
    pub(super) fn library_member(&mut self, class: &Rc<ClassValue>, name: &str) -> Option<Value> {
        let of = self.class_typed(class)?;
        let Kind::Typed(typed) = &of.kind else { return None };
        let known = knowledge::libraries().ty(&typed.ty)?.members.get(name)?.property;
        known.then(|| self.typed_property(&of, name))
    }

    /// A member of a value that the knowledge types is set: a row remembers what to write.
    pub(super) fn set_typed(&mut self, owner: &Value, name: &str, value: Value, at: Place) {
        let Kind::Typed(typed) = &owner.kind else { return };
        let Some(action) = knowledge::libraries().ty(&typed.ty).and_then(|ty| ty.assigned.as_deref()) else {
            return;
        };
        let args = vec![Value::text(name), value];
        let _ = self.act(action, Some(owner), name, args, &no_call(at), at);
    }

    /// A statement of a query builder is executed, with what was given besides.
    pub(super) fn run_statement(&mut self, args: &[Value], typed: &Rc<Typed>, at: Place) -> Option<Value> {
        let statement = args.first()?;
        let Kind::Typed(inner) = &statement.kind else { return None };
        let action = knowledge::libraries().ty(&inner.ty)?.run.as_deref()?;
        // It goes to the database of whoever executes it.
        let mut held = (**inner).clone();
        held.url = typed.url.clone();
        let held = Value { kind: Kind::Typed(Rc::new(held)), taint: statement.taint.clone() };
        Some(self.act(action, Some(&held), "", args.to_vec(), &no_call(at), at).0)
    }

    /// One of what a value holds several of.
    pub(super) fn item_of(&self, list: &Value) -> Option<Value> {
        let Kind::Typed(typed) = &list.kind else { return None };
        let item = knowledge::libraries().ty(&typed.ty)?.item.clone()?;
        let mut inner = (**typed).clone();
        if item != "self" {
            inner.ty = item;
        }
        Some(Value { kind: Kind::Typed(Rc::new(inner)), taint: list.taint.clone() })
    }

    /// The fields that a class without a constructor takes by name.
    pub(super) fn given_fields(
        &self,
        args: &[Value],
        entries: &mut std::collections::BTreeMap<String, Value>,
    ) {
        let Some(named) = named_object(args) else { return };
        for (key, value) in &named.entries {
            if !key.starts_with('%') {
                entries.insert(key.clone(), value.clone());
            }
        }
        let given = Value::new(Kind::Object(Rc::clone(&named)));
        entries.insert("%given".to_owned(), given);
    }
}

pub(super) fn no_call(at: Place) -> Call {
    Call {
        callee: Expr::new(ExprKind::Undefined, at.span),
        args: Vec::new(),
        kind: CallKind::Plain,
        optional: false,
        type_args: Vec::new(),
    }
}

/// The folder of the application that a file with models belongs to.
pub(super) fn app_of(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    if matches!(parts.last(), Some(&"models" | &"migrations")) {
        parts.pop();
    }
    parts.last().copied().unwrap_or_default().to_lowercase()
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && before != '_' && !before.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        before = c;
    }
    out
}
