//! Calls that do nothing: a function that was walked with the same arguments and left no evidence
//! is not walked again. Most of a program is such functions, called from everywhere.

use crate::knowledge;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::World;
use crate::reach::value::{Closure, Failing, Kind, Sources, TableName, Taint, Value};
use crate::words::span::FileId;
use crate::words::text::{Piece, Text};
use std::rc::Rc;

/// Longer keys are not worth their keeping.
const LONGEST: usize = 512;
const DEEPEST: usize = 5;

/// All that a call depends on, spelt out in bytes: equal keys are equal calls.
pub(super) type CallKey = Vec<u8>;

/// A key, and the values that it knows only by where they are: none else may come to lie there.
#[derive(Debug)]
pub(super) struct Asked {
    pub key: CallKey,
    pub held: Vec<Value>,
}

impl Walker<'_> {
    /// The key of a call; none where the call may depend on more than its arguments and what the
    /// modules hold.
    pub(super) fn quiet_key(&self, closure: &Closure, args: &[Value], this: Option<&Value>) -> Option<Asked> {
        // In the other worlds every path counts, with the excuses that hold on it.
        let outermost = self.scopes.get(closure.scope)?.parent.is_none();
        if self.world != World::Open || self.fingerprint > 0 || !outermost || self.is_shell(closure.unit) {
            return None;
        }
        let mut key = Key { bytes: Vec::with_capacity(64), held: Vec::new() };
        key.number(closure.unit);
        key.number(closure.id.0 as usize);
        key.number(closure.scope);
        key.number(self.epoch);
        key.bytes.push(u8::from(this.is_some()));
        if let Some(this) = this {
            key.whole(this)?;
        }
        for arg in args {
            key.whole(arg)?;
        }
        Some(Asked { key: key.bytes, held: key.held })
    }

    /// What a call would add to, if it did anything that counts.
    pub(super) fn evidence(&self) -> [usize; 3] {
        [self.events.len(), self.excuses.len(), self.epoch]
    }

    /// Whether there was nothing to a call but its result: it left no evidence and wrote nothing that others
    /// see.
    pub(super) fn was_quiet(&self, before: [usize; 3], result: &(Value, Flow)) -> bool {
        let (value, flow) = result;
        let plain = flow.falls
            && flow.returns.is_none()
            && flow.well.is_none()
            && !(flow.throws || flow.exits || flow.guarded || flow.later || flow.breaks || flow.continues);
        plain && !self.exhausted && self.evidence() == before && !reaches(value, 0, 0)
    }
}

struct Key {
    bytes: Vec<u8>,
    held: Vec<Value>,
}

impl Key {
    fn number(&mut self, number: usize) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn file(&mut self, file: FileId) {
        self.number(file.0 as usize);
    }

    /// A value as it is, or, if that is too much to spell out, the very same one, which is then held.
    fn whole(&mut self, value: &Value) -> Option<()> {
        let start = self.bytes.len();
        if self.value(value, 0).is_some() {
            return Some(());
        }
        self.bytes.truncate(start);
        self.taint(&value.taint);
        self.bytes.push(17);
        self.number(match &value.kind {
            Kind::Object(object) => Rc::as_ptr(object).addr(),
            Kind::List(items, open) => Rc::as_ptr(items).addr() | usize::from(*open),
            Kind::Function(closure) => Rc::as_ptr(closure).addr(),
            Kind::Method(method) => Rc::as_ptr(method).addr(),
            Kind::Typed(typed) => Rc::as_ptr(typed).addr(),
            _ => return None,
        });
        self.held.push(value.clone());
        (self.bytes.len() <= LONGEST).then_some(())
    }

    fn value(&mut self, value: &Value, depth: usize) -> Option<()> {
        if depth > DEEPEST || self.bytes.len() > LONGEST {
            return None;
        }
        self.taint(&value.taint);
        match &value.kind {
            Kind::Unknown(label) => {
                self.bytes.push(0);
                // Only a name that is taken for a client changes what is done with the value.
                let tells = knowledge::libraries().by_variable_name(label).is_some()
                    || label.starts_with("unchecked");
                self.bytes.push(u8::from(tells));
                if tells {
                    self.text(label);
                }
            }
            Kind::Undefined => self.bytes.push(1),
            Kind::Null => self.bytes.push(2),
            Kind::Bool(held) => self.bytes.extend([3, u8::from(*held)]),
            Kind::Number(number) => {
                self.bytes.push(4);
                self.bytes.extend(number.to_bits().to_le_bytes());
            }
            Kind::Text(text) => {
                self.bytes.push(5);
                self.pieces(text);
            }
            Kind::Variable(name) => {
                self.bytes.push(6);
                self.text(name);
            }
            Kind::List(items, open) => {
                self.bytes.extend([7, u8::from(*open)]);
                self.number(items.len());
                for item in items.iter() {
                    self.value(item, depth + 1)?;
                }
            }
            Kind::Object(object) => {
                self.bytes.extend([8, u8::from(object.open)]);
                self.number(object.entries.len());
                for (name, held) in &object.entries {
                    self.text(name);
                    self.value(held, depth + 1)?;
                }
                self.bytes.push(u8::from(object.class.is_some()));
                if let Some(class) = &object.class {
                    self.number(class.unit);
                    self.number(class.id.0 as usize);
                    self.number(class.scope);
                }
            }
            Kind::Function(closure) => {
                self.bytes.push(9);
                self.number(closure.unit);
                self.number(closure.id.0 as usize);
                self.number(closure.scope);
                self.bytes.push(u8::from(closure.this.is_some()));
                if let Some(this) = &closure.this {
                    self.value(this, depth + 1)?;
                }
            }
            Kind::Class(class) => {
                self.bytes.push(10);
                self.number(class.unit);
                self.number(class.id.0 as usize);
                self.number(class.scope);
            }
            Kind::Module(file) => {
                self.bytes.push(11);
                self.file(*file);
            }
            Kind::Api(path) => {
                self.bytes.push(12);
                self.text(path);
            }
            Kind::Typed(typed) => {
                self.bytes.push(13);
                self.text(&typed.ty);
                self.taint(&typed.url);
                match &typed.table {
                    None => self.bytes.push(0),
                    Some(TableName::Known(name)) => {
                        self.bytes.push(2);
                        self.text(name);
                    }
                    Some(TableName::Unknown) => self.bytes.push(1),
                    Some(TableName::Defined(_)) => return None,
                }
                self.bytes.push(u8::from(typed.sql.is_some()));
                if let Some(sql) = &typed.sql {
                    self.pieces(sql);
                }
            }
            Kind::Method(method) => {
                self.bytes.push(14);
                self.text(&method.1);
                self.value(&method.0, depth + 1)?;
            }
            Kind::Promise(promise) => {
                self.bytes.push(15);
                if !promise.events.is_empty() {
                    return None;
                }
                self.bytes.push(match promise.failing {
                    None => 0,
                    Some(Failing::Throws { by_guard }) => 1 + u8::from(by_guard),
                    Some(Failing::Exits { by_guard }) => 3 + u8::from(by_guard),
                });
                self.value(&promise.value, depth + 1)?;
            }
            Kind::Table(_) => return None,
            Kind::FileText(file) => {
                self.bytes.push(16);
                self.file(*file);
            }
            Kind::Later(_) => return None,
        }
        (self.bytes.len() <= LONGEST).then_some(())
    }

    fn pieces(&mut self, text: &Text) {
        self.number(text.pieces().len());
        for piece in text.pieces() {
            match piece {
                Piece::Known(known) => {
                    self.bytes.push(1);
                    self.text(known);
                }
                Piece::Hole { label } => {
                    self.bytes.push(0);
                    self.text(label);
                }
            }
        }
    }

    fn taint(&mut self, taint: &Taint) {
        let Some(sources) = taint.sources() else {
            self.bytes.push(0);
            return;
        };
        let Sources { variables, ci, arguments, prompt, computed, verdict, outcomes } = sources;
        let flags = [*ci, *arguments, *prompt, *computed, *verdict];
        self.bytes.push(flags.iter().fold(1, |bits, flag| bits << 1 | u8::from(*flag)));
        self.number(variables.len());
        for name in variables {
            self.text(name);
        }
        // A call that looks at an outcome does something: it counts once for each.
        self.number(outcomes.len());
        for outcome in outcomes {
            self.number(*outcome);
        }
    }
}

/// Whether a value holds a function or class that sees scopes from `base` on. What is nested too
/// deeply is taken to.
pub(super) fn reaches(value: &Value, base: usize, depth: usize) -> bool {
    if depth > DEEPEST {
        return true;
    }
    let inner = |held: &Value| reaches(held, base, depth + 1);
    match &value.kind {
        Kind::Function(closure) => closure.scope >= base || closure.this.as_ref().is_some_and(inner),
        Kind::Class(class) => class.scope >= base || class.base.as_ref().is_some_and(inner),
        Kind::Object(object) => {
            object.class.as_ref().is_some_and(|class| class.scope >= base)
                || object.entries.values().any(inner)
        }
        Kind::List(items, _) => items.iter().any(inner),
        Kind::Promise(promise) => inner(&promise.value),
        Kind::Method(method) => inner(&method.0),
        _ => false,
    }
}
