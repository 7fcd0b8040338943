//! Objects of classes that nobody is seen to make: what a parameter is annotated with, what a method
//! is called on; and names of modules that are still being loaded.

use crate::knowledge;
use crate::knowledge::types::Action;
use crate::reach::eval::Walker;
use crate::reach::eval::argument::argument;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::library::holds;
use crate::reach::eval::model::app_of;
use crate::reach::value::{ClassValue, Closure, Kind, Object, ScopeId, TableName, Typed, Value};
use crate::words::flow::{Call, ClassId, Dialect, Expr, ExprKind, FunctionId, ImportedName, MemberValue};
use crate::words::span::{FileId, Place, Span};
use std::collections::BTreeMap;
use std::rc::Rc;

/// The key under which an object keeps what it is to the library whose class its own extends.
pub(super) const BASE: &str = "\u{0}base";
/// The member that stands for `super()`.
const ABOVE: &str = "%super";

/// A name that a module will have once it is loaded.
#[derive(Clone, Debug)]
pub(super) struct Late {
    file: FileId,
    scope: ScopeId,
    imported: String,
    local: String,
}

/// What `items()`, `values()` and `keys()` of a dictionary give.
pub(super) fn parts_of(object: &Object, method: &str) -> Option<Value> {
    if object.class.is_some() || object.entries.contains_key(method) {
        return None;
    }
    let entries = object.entries.iter().filter(|(key, _)| !key.starts_with('%'));
    let parts = match method {
        "items" => entries.map(|(k, v)| Value::list(vec![Value::text(k.clone()), v.clone()])).collect(),
        "values" => entries.map(|(_, v)| v.clone()).collect(),
        "keys" => entries.map(|(k, _)| Value::text(k.clone())).collect(),
        _ => return None,
    };
    Some(Value::new(Kind::List(Rc::new(parts), object.open)))
}

/// Prose may begin like a statement; it does not go on like one.
fn is_statement(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    let lower = text.to_ascii_lowercase();
    first.bytes().all(|b| b.is_ascii_uppercase())
        || [" where ", " set ", " values", "(", ";"].iter().any(|part| lower.contains(part))
}

/// The first of several values that is something: a name may come from any of several modules.
pub(super) fn either(args: &[Value]) -> Value {
    let is_something = |value: &&Value| match &value.kind {
        Kind::Unknown(_) | Kind::Undefined => false,
        Kind::Api(path) => knowledge::libraries().api(path).is_some(),
        _ => true,
    };
    let found = args.iter().find(is_something).or(args.last());
    found.cloned().unwrap_or_else(|| Value::unknown("name"))
}

impl Walker<'_> {
    /// A structure with its fields, as an object of its type where that is one of the repository.
    pub(super) fn made(&mut self, args: &[Value], call: &Call, at: Place) -> (Value, Flow) {
        let fields = args.get(1).cloned().unwrap_or_else(Value::undefined);
        match args.first().map(|of| &of.kind) {
            Some(Kind::Class(class)) => {
                let class = Rc::clone(class);
                let (made, flow) = self.construct(&class, vec![fields.clone()], at);
                (made.with(&fields.taint), flow)
            }
            Some(Kind::Typed(_)) => match args.first().cloned() {
                Some(of) => self.call_typed(&of, vec![fields], call, at),
                None => (fields, Flow::normal()),
            },
            _ => (fields, Flow::normal()),
        }
    }

    /// Languages whose files are looked through function by function.
    pub(super) fn is_looked_through(&self, unit: usize) -> bool {
        self.unit(unit).is_some_and(|u| matches!(u.dialect, Dialect::Python | Dialect::Rust))
    }

    /// `hasher.update(url)`: what something is fed with is part of what it gives later.
    pub(super) fn take_in(&mut self, scope: ScopeId, of: &Value, method: &str, expr: &Expr, args: &[Value]) {
        let feeds = matches!(
            method,
            "update" | "push_str" | "write" | "write_all" | "write_str" | "extend_from_slice" | "input"
        );
        if let Kind::Typed(typed) = &of.kind {
            self.write_on(scope, &typed.ty, method, expr, args);
            return;
        }
        let ExprKind::Name(own) = &*expr.kind else { return };
        if !feeds || !matches!(of.kind, Kind::Unknown(_)) {
            return;
        }
        let taint = args.iter().fold(of.taint.clone(), |taint, arg| taint.and(&arg.taint));
        if taint != of.taint
            && let Some(holder) = self.holder(scope, own)
        {
            self.bind(holder, own, Value { kind: of.kind.clone(), taint });
        }
    }

    /// `query.push(" WHERE …")`: the statement that a variable holds is written on.
    fn write_on(&mut self, scope: ScopeId, ty: &str, method: &str, expr: &Expr, args: &[Value]) {
        let member = knowledge::libraries().ty(ty).and_then(|ty| ty.members.get(method));
        let Some(added) = member.and_then(|action| argument(args, action.adds_sql.as_ref()?)) else { return };
        let mut root = expr;
        while let ExprKind::Call(call) = &*root.kind
            && let ExprKind::Member { of, .. } = &*call.callee.kind
        {
            root = of;
        }
        let ExprKind::Name(own) = &*root.kind else { return };
        let Some(holder) = self.holder(scope, own) else { return };
        let Some(held) = self.look_up(holder, own) else { return };
        let Kind::Typed(typed) = &held.kind else { return };
        let mut typed = (**typed).clone();
        let mut text = typed.sql.take().unwrap_or_default();
        let added = self.as_sql(&added);
        text.push(&added);
        typed.sql = Some(text);
        self.bind(holder, own, Value { kind: Kind::Typed(Rc::new(typed)), taint: held.taint });
    }

    pub(super) fn is_python_file(&self, file: FileId) -> bool {
        self.context.sources.file(file).kind == crate::lang::Kind::Python
    }

    /// An object of a class of the repository that extends one of a library, made by nobody in sight.
    pub(super) fn instance_of(&self, class: &Rc<ClassValue>) -> Option<Value> {
        let typed = self.class_typed(class)?;
        let entries = BTreeMap::from([(BASE.to_owned(), typed)]);
        let object = Object { entries, open: true, class: Some(Rc::clone(class)) };
        Some(Value::new(Kind::Object(Rc::new(object))))
    }

    /// What a parameter of this annotation is, when it names such a class where the function stands.
    pub(super) fn annotated(&self, unit: usize, scope: ScopeId, name: &str) -> Option<Value> {
        if !self.is_python(unit) && self.unit(unit).is_none_or(|u| u.dialect != Dialect::JavaScript) {
            return None;
        }
        match self.look_up(scope, name)?.kind {
            Kind::Class(class) => self.instance_of(&class),
            _ => None,
        }
    }

    /// What a method of a class is called on, when nothing else is known of it.
    pub(super) fn own_instance(&self, unit: usize, id: FunctionId) -> Option<Value> {
        if !self.is_python(unit) {
            return None;
        }
        let held = self.unit(unit)?;
        let has = |class: &&crate::words::flow::Class| {
            class.members.iter().any(|m| {
                !m.is_static && matches!(m.value, MemberValue::Method(f) | MemberValue::Getter(f) if f == id)
            })
        };
        let at = held.classes.iter().position(|class| has(&class))?;
        let wanted = ClassId(u32::try_from(at).ok()?);
        let scope = self.unit_scope(unit);
        self.scopes.get(scope)?.names.iter().find_map(|(_, value)| match &value.kind {
            Kind::Class(class) if class.unit == unit && class.id == wanted => self.instance_of(class),
            _ => None,
        })
    }

    /// `super()`: the same object, as what its class extends.
    pub(super) fn above(&self, object: &Object, name: &str) -> Option<Value> {
        if name != ABOVE {
            return None;
        }
        let class = object.class.as_ref()?;
        match class.base.as_ref().map(|base| &base.kind) {
            Some(Kind::Class(base)) => {
                let above = Object { class: Some(Rc::clone(base)), ..object.clone() };
                Some(Value::new(Kind::Object(Rc::new(above))))
            }
            _ => object.entries.get(BASE).cloned(),
        }
    }

    /// What the library's class does not have may still be something by its name (`self.session`).
    pub(super) fn only_named(&self, base: &Value, name: &str, at: Option<Place>) -> bool {
        let Kind::Typed(typed) = &base.kind else { return false };
        let known = knowledge::libraries().ty(&typed.ty).is_some_and(|ty| ty.members.contains_key(name));
        !known && self.hint_in(at.map(|at| at.file), name).is_some()
    }

    /// A manager that stands in a class is that class's: it works on its table.
    pub(super) fn belonging(&self, class: &Rc<ClassValue>, value: Value) -> Value {
        let placed = |typed: &Rc<Typed>| {
            let owned = knowledge::libraries().ty(&typed.ty).is_some_and(|ty| ty.of_class);
            owned.then(|| {
                let table = Some(self.class_table(class));
                Kind::Typed(Rc::new(Typed { table, ..(**typed).clone() }))
            })
        };
        let is_open = |typed: &Typed| matches!(typed.table, None | Some(TableName::Unknown));
        match &value.kind {
            Kind::Typed(typed) => match Some(typed).filter(|t| is_open(t)).and_then(placed) {
                Some(kind) => Value { kind, taint: value.taint },
                None => value,
            },
            Kind::Object(object) => {
                let Some(Value { kind: Kind::Typed(typed), taint }) = object.entries.get(BASE) else {
                    return value;
                };
                let Some(kind) = placed(typed) else { return value };
                let mut object = (**object).clone();
                object.entries.insert(BASE.to_owned(), Value { kind, taint: taint.clone() });
                Value { kind: Kind::Object(Rc::new(object)), taint: value.taint }
            }
            _ => value,
        }
    }

    /// The table of a model that a text names: `"shop.Order"`, `"shop", "Order"`, or `"Order"` of the
    /// application that the program at hand belongs to.
    pub(super) fn model_table(&mut self, path: &str, args: &[Value]) -> TableName {
        let text = |path: &str| argument(args, path).and_then(|v| v.known_text().map(str::to_owned));
        let (mut app, mut model) = match path.split_once(',') {
            Some((app, model)) => (text(app), text(model)),
            None => (None, text(path)),
        };
        if model.is_none() {
            model = app.take();
        }
        let Some(mut model) = model else { return TableName::Unknown };
        if let Some((before, after)) = model.clone().split_once('.') {
            app = Some(before.to_owned());
            after.clone_into(&mut model);
        }
        let app = app.unwrap_or_else(|| app_of(self.context.sources.path(self.here())));
        match self.model_class(&app, &model) {
            Some(class) => self.class_table(&class),
            None => TableName::Known(format!("{}_{}", app.to_lowercase(), model.to_lowercase())),
        }
    }

    /// The file whose statement is at hand.
    fn here(&self) -> FileId {
        self.module_stack.last().copied().unwrap_or(self.main_file)
    }

    fn model_class(&mut self, app: &str, model: &str) -> Option<Rc<ClassValue>> {
        let known = self.models_of.get(app).copied();
        let file = known.unwrap_or_else(|| self.models_file(app));
        self.models_of.insert(app.to_owned(), file);
        let file = file?;
        self.quietly(|walker| {
            let _ = walker.load(file);
        });
        let scope = self.unit_scope(*self.unit_of_file.get(&file)?);
        let wanted = model.to_lowercase();
        self.scopes.get(scope)?.names.iter().find_map(|(name, value)| match &value.kind {
            Kind::Class(class) if name.to_lowercase() == wanted => Some(Rc::clone(class)),
            _ => None,
        })
    }

    /// Where the models of an application stand, if there is one place alone.
    fn models_file(&self, app: &str) -> Option<FileId> {
        let ends = [format!("{app}/models.py"), format!("{app}/models/__init__.py")];
        let sources = self.context.sources;
        let of_app = |path: &str| {
            ends.iter()
                .any(|end| path.strip_suffix(end.as_str()).is_some_and(|r| r.is_empty() || r.ends_with('/')))
        };
        let mut found = sources.ids().filter(|id| of_app(sources.path(*id)));
        found.next().filter(|_| found.next().is_none())
    }

    /// What is done so is told to nobody: a program that runs does not do it.
    pub(super) fn quietly(&mut self, act: impl FnOnce(&mut Self)) {
        let recording = std::mem::take(&mut self.recording);
        let told = self.told.clone();
        let before = (self.events.len(), self.excuses.len());
        act(self);
        self.events.truncate(before.0);
        self.excuses.truncate(before.1);
        self.told = told;
        self.recording = recording;
    }

    /// What the knowledge says of a method of this name, whatever it is called on.
    pub(super) fn by_method(&self, name: &str, args: &[Value], at: Place) -> Option<&'static Action> {
        let dialect = match self.context.sources.file(at.file).kind {
            crate::lang::Kind::Python => "python",
            crate::lang::Kind::Rust => "rust",
            _ => return None,
        };
        let action = knowledge::libraries().api_of_any(dialect, name)?;
        // A text that changes something is meant for a database, whatever takes it.
        let changes = action.sql.as_ref().is_none_or(|path| {
            argument(args, path).is_some_and(|text| {
                let reading = crate::lang::sql::read(&text.to_text(), None);
                let known = text.known_text().is_some_and(is_statement);
                known && !reading.opaque && !reading.effects.is_empty()
            })
        });
        (changes && holds(action, args)).then_some(action)
    }

    /// Keeps in mind that a name comes from a module that has not got it yet, but will: modules that
    /// import each other see all names of each other when their functions run.
    pub(super) fn remember_late(
        &mut self,
        scope: ScopeId,
        module: &Value,
        bound: &Value,
        name: &ImportedName,
    ) {
        if let (Kind::Module(file), Kind::Unknown(_)) = (&module.kind, &bound.kind)
            && self.scopes.get(scope).is_some_and(|scope| scope.parent.is_none())
            && self.modules.get(file).is_some_and(|record| record.loading)
        {
            let (imported, local) = (name.imported.clone(), name.local.clone());
            self.late.push(Late { file: *file, scope, imported, local });
        }
    }

    /// A module has been loaded: whoever waited for its names gets them.
    pub(super) fn bind_late(&mut self, file: FileId) {
        if !self.late.iter().any(|late| late.file == file) {
            return;
        }
        let (here, others) = std::mem::take(&mut self.late).into_iter().partition(|late| late.file == file);
        self.late = others;
        let here: Vec<Late> = here;
        for late in here {
            let waits = self
                .scopes
                .get(late.scope)
                .and_then(|scope| scope.names.get(late.local.as_str()))
                .is_some_and(|value| matches!(value.kind, Kind::Unknown(_)));
            if let (true, Some(value)) = (waits, self.member_of_module(file, &late.imported)) {
                self.bind(late.scope, &late.local, value);
            }
        }
    }

    /// Imports for annotations alone: the names are known, and nothing of it happens.
    pub(super) fn import_for_types(
        &mut self,
        unit: usize,
        scope: ScopeId,
        module: &str,
        span: Span,
        names: &[ImportedName],
    ) {
        if !self.is_python(unit) {
            return;
        }
        self.quietly(|walker| {
            let _ = walker.import(unit, scope, module, span, names);
        });
    }

    /// Walks a function as whoever looks through a file does: with what it is a method of.
    pub(super) fn explored(&mut self, unit: usize, id: FunctionId, scope: ScopeId) -> Closure {
        let this = self.own_instance(unit, id).or_else(|| self.typed_fields(unit, id));
        let this = this.unwrap_or_else(|| Value::unknown("this"));
        Closure { unit, id, scope, this: Some(this) }
    }
}
