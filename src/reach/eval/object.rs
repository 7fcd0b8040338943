//! Objects and classes: made, and asked for their members.

use crate::knowledge;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::value::{ClassValue, Closure, Kind, Object, ScopeId, Taint, Value};
use crate::words::flow::{Call, CallKind, Expr, ExprKind, MemberValue, PropertyKey};
use crate::words::span::Place;
use std::collections::BTreeMap;
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn object(
        &mut self,
        unit: usize,
        scope: ScopeId,
        properties: &[crate::words::flow::Property],
    ) -> (Value, Flow) {
        let mut flow = Flow::normal();
        let mut entries = BTreeMap::new();
        let mut open = false;
        let mut taint = Taint::default();
        for property in properties {
            let key = match &property.key {
                PropertyKey::Named(name) => Some(name.clone()),
                PropertyKey::Computed(key) => {
                    let (key, next) = self.expr(unit, scope, key);
                    flow.then(next);
                    key.known_text().map(str::to_owned)
                }
                PropertyKey::Spread => {
                    let (value, next) = self.expr(unit, scope, &property.value);
                    flow.then(next);
                    match &value.kind {
                        Kind::Object(object) => {
                            entries.extend(object.entries.clone());
                            open |= object.open;
                        }
                        Kind::Undefined | Kind::Null | Kind::Bool(_) => {}
                        // A copy of a client does what the client does.
                        Kind::Typed(_) => {
                            entries.insert("\u{0}base".to_owned(), value.clone());
                            open = true;
                        }
                        _ => open = true,
                    }
                    taint = taint.and(&value.taint);
                    continue;
                }
            };
            let (value, next) = self.expr(unit, scope, &property.value);
            flow.then(next);
            taint = taint.and(&value.taint);
            match key {
                Some(key) => {
                    entries.insert(key, value);
                }
                None => open = true,
            }
        }
        (Value::object(entries, open).with(&taint), flow)
    }

    pub(super) fn class(
        &mut self,
        unit: usize,
        scope: ScopeId,
        id: crate::words::flow::ClassId,
    ) -> (Value, Flow) {
        let Some((handle, _)) = self.units.get(unit).cloned() else {
            return (Value::unknown("class"), Flow::normal());
        };
        let Some(class) = handle.unit().and_then(|u| u.classes.get(id.0 as usize)) else {
            return (Value::unknown("class"), Flow::normal());
        };
        let mut flow = Flow::normal();
        let mut base = None;
        if let Some(expr) = &class.base {
            let (value, next) = self.expr(unit, scope, expr);
            flow.then(next);
            base = Some(value);
        }
        let mut table = None;
        for decorator in &class.decorators {
            let (value, next) = self.expr(unit, scope, decorator);
            flow.then(next);
            if let Kind::Table(definition) = &value.kind {
                let mut definition = (**definition).clone();
                if definition.name.is_none() {
                    definition.name.clone_from(&class.name);
                }
                for member in &class.members {
                    definition.columns.entry(member.name.clone()).or_insert_with(|| member.name.clone());
                }
                table = Some(Rc::new(definition));
            }
        }
        let next = self.block(unit, scope, &class.on_define);
        flow.then(next);
        (Value::new(Kind::Class(Rc::new(ClassValue { unit, id, scope, base, table }))), flow)
    }

    /// The method or field of a class, looked for in its bases, too.
    pub(super) fn class_member(
        &mut self,
        class: &Rc<ClassValue>,
        name: &str,
        is_static: bool,
    ) -> Option<Value> {
        self.inherited_member(class, name, is_static).map(|value| self.belonging(class, value))
    }

    /// What a getter gives.
    pub(super) fn got(&mut self, getter: &Value, of: &Value, at: Option<Place>) -> Value {
        let Kind::Function(closure) = &getter.kind else { return getter.clone() };
        let at = at.unwrap_or(Place { file: self.main_file, span: crate::words::span::Span::default() });
        self.call_function(closure, Vec::new(), at, Some(of.clone())).0
    }

    /// Reading this member of an object runs a function.
    pub(super) fn is_getter(&self, class: &Rc<ClassValue>, name: &str) -> bool {
        let held = self.units.get(class.unit).and_then(|(handle, _)| handle.unit());
        let found = held.and_then(|unit| unit.classes.get(class.id.0 as usize));
        let own = found.and_then(|class| class.members.iter().find(|m| m.name == name && !m.is_static));
        match (own, class.base.as_ref().map(|base| &base.kind)) {
            (Some(member), _) => matches!(member.value, MemberValue::Getter(_)),
            (None, Some(Kind::Class(base))) => self.is_getter(base, name),
            _ => false,
        }
    }

    fn inherited_member(&mut self, class: &Rc<ClassValue>, name: &str, is_static: bool) -> Option<Value> {
        let (handle, _) = self.units.get(class.unit)?.clone();
        let found = handle.unit()?.classes.get(class.id.0 as usize)?;
        for member in &found.members {
            if member.name != name || member.is_static != is_static {
                continue;
            }
            return Some(match &member.value {
                MemberValue::Method(id) | MemberValue::Getter(id) => {
                    Value::new(Kind::Function(Rc::new(Closure {
                        unit: class.unit,
                        id: *id,
                        scope: class.scope,
                        this: None,
                    })))
                }
                MemberValue::Field(Some(value)) => {
                    let value = value.clone();
                    self.expr(class.unit, class.scope, &value).0
                }
                MemberValue::Field(None) => member
                    .type_name
                    .as_deref()
                    .and_then(|of| self.by_type(class.unit, of))
                    .unwrap_or_else(|| Value::unknown(name)),
            });
        }
        match class.base.as_ref().map(|b| &b.kind) {
            Some(Kind::Class(base)) => {
                let base = Rc::clone(base);
                self.inherited_member(&base, name, is_static)
            }
            _ => None,
        }
    }

    pub(super) fn construct(&mut self, class: &Rc<ClassValue>, args: Vec<Value>, at: Place) -> (Value, Flow) {
        let Some((handle, _)) = self.units.get(class.unit).cloned() else {
            return (Value::unknown("object"), Flow::normal());
        };
        let Some(found) = handle.unit().and_then(|u| u.classes.get(class.id.0 as usize)) else {
            return (Value::unknown("object"), Flow::normal());
        };
        // A subclass of a library's class is that class, with more methods.
        let mut root = class.base.clone();
        while let Some(Value { kind: Kind::Class(base), .. }) = &root {
            root = base.base.clone();
        }
        let mut entries = std::collections::BTreeMap::new();
        for member in &found.members {
            if let (false, crate::words::flow::MemberValue::Field(value)) = (member.is_static, &member.value)
            {
                let value = match value {
                    Some(value) => self.expr(class.unit, class.scope, value).0,
                    None => member
                        .type_name
                        .as_deref()
                        .and_then(|of| self.by_type(class.unit, of))
                        .unwrap_or_else(|| Value::unknown(&member.name)),
                };
                entries.insert(member.name.clone(), value);
            }
        }
        self.given_fields(&args, &mut entries);
        if let Some(Value { kind: Kind::Api(path), .. }) = &root {
            let call = Call {
                callee: Expr::new(ExprKind::Undefined, at.span),
                args: Vec::new(),
                kind: CallKind::New,
                optional: false,
                type_args: Vec::new(),
            };
            let (value, _) = self.call_api(path, args.clone(), &call, at);
            if let Kind::Typed(typed) = &value.kind {
                let settings =
                    knowledge::libraries().ty(&typed.ty).is_some_and(|ty| ty.fields_from_environment);
                for member in
                    found.members.iter().filter(|m| settings && matches!(m.value, MemberValue::Field(_)))
                {
                    let taint = Taint::variable(&member.name.to_ascii_uppercase());
                    entries.insert(member.name.clone(), Value::tainted(&member.name, taint));
                }
                let mut typed = (**typed).clone();
                if typed.table.is_none() {
                    typed.table = Some(self.class_table(class));
                }
                let value = Value { kind: Kind::Typed(Rc::new(typed)), taint: value.taint };
                entries.insert("\u{0}base".to_owned(), value);
            }
        }
        let object = Object { entries, open: true, class: Some(Rc::clone(class)) };
        let mut this = Value::new(Kind::Object(Rc::new(object)));
        let mut flow = Flow::normal();
        // A class without a constructor has the one of what it extends.
        let mut built = found.constructor.map(|id| (id, Rc::clone(class)));
        let mut above = class.base.clone();
        while let (None, Some(Value { kind: Kind::Class(base), .. })) = (&built, &above) {
            let held = self.units.get(base.unit).and_then(|(handle, _)| handle.unit());
            let id = held.and_then(|u| u.classes.get(base.id.0 as usize)).and_then(|c| c.constructor);
            built = id.map(|id| (id, Rc::clone(base)));
            above = base.base.clone();
        }
        if let Some((id, class)) = built {
            let scope = self.new_scope(Some(class.scope), true);
            self.bind(scope, "this", this.clone());
            let closure = Rc::new(Closure { unit: class.unit, id, scope, this: None });
            // `new X()`: the defaults hold for sure.
            let plain = args.is_empty() && self.has_defaults(&closure);
            let args = if plain { vec![Value::undefined()] } else { args };
            let (_, next) = self.call_function(&closure, args, at, None);
            flow.then(next);
            if let Some(after) = self.look_up(scope, "this") {
                this = after;
            }
        }
        (this, flow)
    }
}

pub(super) fn bind_this(value: Value, this: &Value) -> Value {
    match &value.kind {
        Kind::Function(closure) if closure.this.is_none() => {
            let mut closure = (**closure).clone();
            closure.this = Some(this.clone());
            Value { kind: Kind::Function(Rc::new(closure)), taint: value.taint }
        }
        _ => value,
    }
}
