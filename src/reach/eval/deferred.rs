//! Imports that wait until somebody asks for the name. Where only the surfaces of a program are asked, most of
//! what it imports is never used on the way there, and a module that changes something when it is loaded is
//! judged as a program of its own.

use std::rc::Rc;

use crate::reach::eval::Walker;
use crate::reach::event::{EventKind, How};
use crate::reach::resolve::Target;
use crate::reach::value::{Kind, Later, ScopeId, Value};
use crate::words::flow::{Dialect, Expr, ExprKind, ImportedName};
use crate::words::span::{FileId, Span};

impl Walker<'_> {
    /// The module that an import names, if it can wait.
    pub(super) fn can_wait(&mut self, unit: usize, module: &str, span: Span) -> Option<FileId> {
        let script = self.unit(unit).is_some_and(|unit| unit.dialect == Dialect::JavaScript);
        if !self.lazy || !script {
            return None;
        }
        let Target::File(file) = self.leads_to(self.file_of(unit), module) else { return None };
        if self.modules.contains_key(&file) || !self.context.leading.contains(&file) {
            return None;
        }
        let at = self.place(unit, span);
        self.note(EventKind::Reach { file, how: How::Imported }, at);
        Some(file)
    }

    pub(super) fn later(&self, unit: usize, file: FileId, span: Span, imported: &str) -> Value {
        let later = Later { unit, file, span, imported: Rc::from(imported) };
        Value::new(Kind::Later(Rc::new(later)))
    }

    pub(super) fn import_later(&mut self, unit: usize, scope: ScopeId, file: FileId, names: &[ImportedName]) {
        for name in names {
            let value = self.later(unit, file, name.span, &name.imported);
            self.bind(scope, &name.local, value);
        }
    }

    /// A name that is passed on as it was imported need not be loaded for that. (What a module is as a whole is
    /// read in more ways than by a name.)
    pub(super) fn passed_on(&self, scope: ScopeId, exported: &str, value: &Expr) -> Option<Value> {
        let ExprKind::Name(name) = &*value.kind else { return None };
        if exported == "*" {
            return None;
        }
        self.look_up(scope, name).filter(|value| matches!(value.kind, Kind::Later(_)))
    }

    /// Somebody asks for the name: the module is loaded, as if it had been before.
    pub(super) fn arrive(&mut self, later: &Later) -> Value {
        // Modules may pass a name on to each other in a circle, or further than anybody would.
        let asked = (later.file, Rc::clone(&later.imported));
        if self.arriving.contains(&asked) || !self.step() {
            return Value::unknown(&later.imported);
        }
        self.arriving.push(asked);
        self.depth += 1;
        let value = self.arrived(later);
        self.depth -= 1;
        self.arriving.pop();
        value
    }

    fn arrived(&mut self, later: &Later) -> Value {
        let at = self.place(later.unit, later.span);
        let around = (
            std::mem::take(&mut self.masks),
            std::mem::take(&mut self.handler),
            std::mem::take(&mut self.uncertain),
            std::mem::take(&mut self.speculative),
        );
        self.stack.push(at);
        let (value, _) = self.load(later.file);
        self.stack.pop();
        (self.masks, self.handler, self.uncertain, self.speculative) = around;
        let bound =
            if &*later.imported == "*" { value } else { self.member(&value, &later.imported, Some(at)) };
        self.named(later.unit, bound, &later.imported)
    }

    /// The value of a name that may have waited until now.
    pub(super) fn look_up_now(&mut self, scope: ScopeId, name: &str) -> Option<Value> {
        let holder = self.holder(scope, name)?;
        let value = self.scopes[holder].names.get(name)?.clone();
        let Kind::Later(later) = &value.kind else { return Some(value) };
        let arrived = self.arrive(later);
        // It was there all the time: no branch takes this back.
        if self.has_arrived(&arrived)
            && let Some(bound) = self.scopes[holder].names.get_mut(name)
        {
            *bound = arrived.clone();
        }
        Some(arrived)
    }

    /// Modules that import each other do not have all their names yet while they are loaded: what is not there
    /// is asked for again.
    pub(super) fn has_arrived(&self, value: &Value) -> bool {
        self.module_stack.is_empty() || !matches!(value.kind, Kind::Unknown(_))
    }

    /// Whether a module could export a name, by its text alone.
    pub(super) fn may_export(&self, file: FileId, name: &str) -> bool {
        if self.modules.contains_key(&file) {
            return true;
        }
        let source = self.context.sources.file(file);
        source.mentions(name) || source.passes_all_on() || source.mentions("exports")
    }
}
