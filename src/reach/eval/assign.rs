//! Assignments: to names, members, the environment, and the platform itself.

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::EventKind;
use crate::reach::resolve::Target;
use crate::reach::value::{Kind, Object, ScopeId, Taint, Value};
use crate::words::flow::{Dialect, Expr, ExprKind};
use std::rc::Rc;

/// What an object is, but for its own members.
const BASE: &str = "\u{0}base";

impl Walker<'_> {
    pub(super) fn assign(&mut self, unit: usize, scope: ScopeId, target: &Expr, value: Value) -> Flow {
        match &*target.kind {
            ExprKind::Name(name) => {
                let holder = self.holder(scope, name).unwrap_or_else(|| self.function_scope(scope));
                self.bind(holder, name, value);
                Flow::normal()
            }
            ExprKind::Variable(name) => {
                let key = variable_key(name);
                let holder = self.holder(scope, &key).unwrap_or_else(|| self.outermost(scope));
                if name == "CI" && (self.exported.contains_key("CI") || self.exports_all()) {
                    let at = self.place(unit, target.span);
                    self.note(EventKind::ForgesCi, at);
                }
                self.bind(holder, &key, value);
                Flow::normal()
            }
            ExprKind::Member { of, name } => {
                let (owner, flow) = self.expr(unit, scope, of);
                self.set_member(unit, scope, target, of, &owner, name, value);
                flow
            }
            ExprKind::Index { of, key } => {
                let (owner, mut flow) = self.expr(unit, scope, of);
                let (key, next) = self.expr(unit, scope, key);
                flow.then(next);
                if let Some(name) = key.known_text().map(str::to_owned) {
                    self.set_member(unit, scope, target, of, &owner, &name, value);
                } else {
                    let at = self.place(unit, target.span);
                    self.may_replace(&owner, at);
                    self.open_object(scope, of, &owner);
                }
                flow
            }
            _ => self.expr(unit, scope, target).1,
        }
    }

    /// `process[name] = …`: it may be the way out that is replaced.
    fn may_replace(&mut self, owner: &Value, at: crate::words::span::Place) {
        let Kind::Api(path) = &owner.kind else { return };
        let exit = knowledge::libraries().api(&format!("{path}.exit")).and_then(|action| action.role);
        if exit == Some(Role::Exit) {
            self.note(
                EventKind::Unresolved {
                    why: "a member of the process that only the run knows is replaced".to_owned(),
                    hint: "name the member, and leave the way out as it is".to_owned(),
                },
                at,
            );
        }
    }

    #[allow(clippy::too_many_arguments, reason = "an assignment has that many parts")]
    pub(super) fn set_member(
        &mut self,
        unit: usize,
        scope: ScopeId,
        target: &Expr,
        of: &Expr,
        owner: &Value,
        name: &str,
        value: Value,
    ) {
        let at = self.place(unit, target.span);
        match &owner.kind {
            Kind::Api(path) => self.set_api(path, name, value, at),
            Kind::Object(object) => {
                let mut changed: Object = (**object).clone();
                changed.entries.insert(name.to_owned(), value);
                self.write_back(
                    scope,
                    of,
                    Value { kind: Kind::Object(Rc::new(changed)), taint: owner.taint.clone() },
                );
            }
            Kind::Module(_)
                if self
                    .unit(unit)
                    .is_some_and(|u| matches!(u.dialect, Dialect::Python | Dialect::JavaScript)) =>
            {
                if let Kind::Module(file) = &owner.kind {
                    self.note(EventKind::Replaces { file: *file, name: name.to_owned() }, at);
                }
                // Under this name it is from now on the module, but for what was replaced.
                let entries = [(BASE.to_owned(), owner.clone()), (name.to_owned(), value)];
                let object = Object { entries: entries.into_iter().collect(), ..Object::default() };
                let replaced = Value { kind: Kind::Object(Rc::new(object)), taint: owner.taint.clone() };
                self.write_back(scope, of, replaced);
            }
            Kind::Typed(_) => {
                self.keep_statement(scope, of, owner, name, &value);
                self.set_typed(owner, name, value, at);
            }
            Kind::Unknown(_) => {
                if let ExprKind::Name(_) = &*of.kind {
                    let mut object = Object { open: true, ..Object::default() };
                    object.entries.insert(name.to_owned(), value);
                    self.write_back(
                        scope,
                        of,
                        Value { kind: Kind::Object(Rc::new(object)), taint: owner.taint.clone() },
                    );
                }
            }
            _ => {}
        }
    }

    /// `patch("package.module.name")`, `patch.object(module, "name")`.
    pub(super) fn patched(&mut self, args: &[Value], at: crate::words::span::Place) {
        let named = match args {
            [Value { kind: Kind::Module(file), .. }, name, ..] => {
                name.known_text().map(|name| (*file, name.to_owned()))
            }
            [written, ..] => written.known_text().and_then(|written| {
                let (module, name) = written.rsplit_once('.')?;
                let from = self.context.sources.path(at.file);
                let module = format!("{}{module}", crate::reach::resolve::python::PREFIX);
                match self.context.resolver.module(self.context.sources, from, &module) {
                    Target::File(file) => Some((file, name.to_owned())),
                    _ => None,
                }
            }),
            [] => None,
        };
        if let Some((file, name)) = named {
            self.note(EventKind::Replaces { file, name }, at);
        }
    }

    pub(super) fn open_object(&mut self, scope: ScopeId, of: &Expr, owner: &Value) {
        if let Kind::Object(object) = &owner.kind {
            let mut changed: Object = (**object).clone();
            changed.open = true;
            self.write_back(
                scope,
                of,
                Value { kind: Kind::Object(Rc::new(changed)), taint: owner.taint.clone() },
            );
        }
    }

    pub(super) fn write_back(&mut self, scope: ScopeId, of: &Expr, value: Value) {
        let name = match &*of.kind {
            ExprKind::Name(name) => name.as_str(),
            _ => return,
        };
        if let Some(holder) = self.holder(scope, name) {
            self.bind(holder, name, value);
        }
    }

    /// A member of a global is set: the environment, or the way out.
    pub(super) fn set_api(&mut self, path: &str, name: &str, value: Value, at: crate::words::span::Place) {
        let role = |path: &str| knowledge::libraries().api(path).and_then(|a| a.role);
        if role(path) == Some(Role::Environment) {
            self.set_environment(name, value, at);
            return;
        }
        // `process.exitCode = status`, or kept where somebody else finds it.
        self.heed(&value.taint);
        match role(&format!("{path}.{name}")) {
            Some(Role::ExitStatus) if !self.scopes.is_empty() => {
                self.bind(0, "\u{0}api exitCode", value);
            }
            Some(Role::Exit) => {
                self.note(
                    EventKind::Unresolved {
                        why: "the function that ends the program is replaced".to_owned(),
                        hint: "leave process.exit as it is".to_owned(),
                    },
                    at,
                );
                self.replace_api(path, name, value);
            }
            Some(Role::Environment) => {
                if let Kind::Object(object) = &value.kind {
                    for (name, value) in &object.entries {
                        self.set_environment(name, value.clone(), at);
                    }
                }
            }
            _ => {}
        }
    }

    /// `process.env.X = …`: what reads it later in this program reads that.
    pub(super) fn set_environment(&mut self, name: &str, value: Value, at: crate::words::span::Place) {
        if name == "CI" {
            self.note(EventKind::ForgesCi, at);
        } else if !self.scopes.is_empty() {
            self.bind(0, &format!("\u{0}env {name}"), value);
        }
    }

    /// A variable of the environment, as this program finds it or has set it.
    pub(super) fn environment(&self, name: &str) -> Value {
        self.scopes
            .first()
            .and_then(|s| s.names.get(format!("\u{0}env {name}").as_str()).cloned())
            .unwrap_or_else(|| Value { kind: Kind::Variable(Rc::from(name)), taint: Taint::variable(name) })
    }

    pub(super) fn replace_api(&mut self, path: &str, name: &str, value: Value) {
        let key = format!("\u{0}api {path}.{name}");
        let scope = 0;
        if !self.scopes.is_empty() {
            self.bind(scope, &key, value);
            self.replaces = true;
        }
    }

    pub(super) fn replaced(&self, path: &str) -> Option<Value> {
        if !self.replaces {
            return None;
        }
        self.scopes.first().and_then(|s| s.names.get(format!("\u{0}api {path}").as_str()).cloned())
    }
}

/// The name under which shell variables are kept, apart from functions.
pub(super) fn variable_key(name: &str) -> String {
    format!("${name}")
}
