//! Modules of which others get their connections: what each function does that they can call.

use crate::reach::eval::{Context, Walk, Walker};
use crate::reach::event::{EventKind, World};
use crate::reach::value::{Kind, Value};
use crate::words::flow::{FunctionId, Unit};
use crate::words::span::{FileId, Place};
use std::collections::BTreeSet;
use std::rc::Rc;

impl<'a> Walker<'a> {
    /// Loads a module and then does what an importer can do with it. Of its functions only those count
    /// that open something: what is done with a connection that was handed in, somebody else opened.
    #[must_use]
    pub fn connection(context: &'a Context<'a>, world: World, file: FileId) -> Walk {
        let offered = Walker::new(context, World::Open).offered(file);
        let mut walker = Self::new(context, world);
        walker.main_file = file;
        walker.directory = Some(".".to_owned());
        let (_, flow) = walker.load(file);
        if flow.falls {
            let loaded = walker.events.len();
            for id in offered {
                walker.call_from_outside(file, id);
            }
            let called = walker.events.split_off(loaded);
            walker.events.extend(called.into_iter().filter(|e| matches!(e.kind, EventKind::Opens)));
        }
        walker.finish(&flow)
    }

    /// The functions that others can call: what is exported, and what nothing in the module calls. One
    /// inside of another belongs to that one.
    fn offered(mut self, file: FileId) -> Vec<FunctionId> {
        self.main_file = file;
        self.directory = Some(".".to_owned());
        self.load(file);
        let Some(&unit) = self.unit_of_file.get(&file) else { return Vec::new() };
        let Some(handle) = self.units.get(unit).map(|(handle, _)| handle.clone()) else { return Vec::new() };
        let Some(held) = handle.unit() else { return Vec::new() };
        let exports = self.modules.get(&file).map(|record| {
            let exported = record.exports.values().chain(&record.whole);
            exported.flat_map(functions).filter(|(of, _)| *of == unit).map(|(_, id)| id).collect()
        });
        let exports: BTreeSet<u32> = exports.unwrap_or_default();
        let outer = outermost(held);
        let mut inner: BTreeSet<u32> =
            self.called.iter().filter(|(u, _)| *u == unit).map(|(_, f)| *f).collect();
        for id in &outer {
            self.called.clear();
            self.call_from_outside(file, *id);
            inner.extend(self.called.iter().filter(|(u, f)| *u == unit && *f != id.0).map(|(_, f)| *f));
        }
        outer.into_iter().filter(|id| exports.contains(&id.0) || !inner.contains(&id.0)).collect()
    }

    /// A call by somebody who is not seen, with whatever.
    pub(super) fn call_from_outside(&mut self, file: FileId, id: FunctionId) {
        let Some(&unit) = self.unit_of_file.get(&file) else { return };
        let Some(span) = self.unit(unit).and_then(|u| u.functions.get(id.0 as usize)).map(|f| f.span) else {
            return;
        };
        self.speculative = true;
        let scope = self.unit_scope(unit);
        let closure = Rc::new(self.explored(unit, id, scope));
        let mark = self.mark();
        let this = closure.this.clone().filter(|this| matches!(this.kind, Kind::Object(_)));
        let (value, _) = self.call_function(&closure, Vec::new(), Place { file, span }, this);
        // Whoever calls it may look at what it gives.
        self.heed(&value.taint);
        self.undo(mark);
        self.speculative = false;
    }
}

fn functions(value: &Value) -> Vec<(usize, u32)> {
    match &value.kind {
        Kind::Object(object) => object.entries.values().filter_map(function).collect(),
        _ => function(value).into_iter().collect(),
    }
}

/// A function itself: what an object holds may hold itself.
fn function(value: &Value) -> Option<(usize, u32)> {
    match &value.kind {
        Kind::Function(closure) => Some((closure.unit, closure.id.0)),
        _ => None,
    }
}

fn outermost(unit: &Unit) -> Vec<FunctionId> {
    let spans: Vec<_> = unit.functions.iter().map(|f| f.span).collect();
    let inside = |at: usize| {
        spans.iter().enumerate().any(|(other, span)| {
            other != at && *span != spans[at] && span.start <= spans[at].start && spans[at].end <= span.end
        })
    };
    (0..spans.len())
        .filter(|at| !inside(*at))
        .filter_map(|at| u32::try_from(at).ok().map(FunctionId))
        .collect()
}
