//! Events and excuses: what the walk leaves behind as evidence.

use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::module::Item;
use crate::reach::event::{Event, EventKind, Excuse, ExcuseKind, World};
use crate::reach::value::{Sources as TaintSources, Taint, Value};
use crate::words::span::Place;
use std::collections::BTreeSet;
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn note(&mut self, kind: EventKind, at: Place) -> usize {
        let event = Event {
            kind,
            at,
            stack: Rc::from(self.stack.as_slice()),
            excuses: Rc::clone(&self.held),
            mask: self.masks.last().copied().flatten(),
            dealt: if self.masks.last() == Some(&None) { self.masks.len() } else { 0 },
            speculative: self.speculative,
            handler: self.handler > 0,
            wrapped: self.wrapped.last().cloned(),
            conditional: self.uncertain > 0,
        };
        if let Some((items, depth)) = self.recording.last_mut() {
            let stack = Rc::from(self.stack.get(*depth..).unwrap_or_default());
            items.push(Item::Event(Event { stack, ..event.clone() }));
        }
        self.push(event);
        self.events.len() - 1
    }

    /// Adds what happened, and remembers where a guard stopped last: that is asked at every statement.
    pub(super) fn push(&mut self, event: Event) {
        if matches!(event.kind, EventKind::GuardStop) {
            self.last_stop = Some(event.at);
        }
        self.events.push(event);
    }

    pub(super) fn excuse(&mut self, kind: ExcuseKind, at: Place, taint: Taint, guard: Option<Place>) {
        let excuse = Excuse { kind, at, taint, guard };
        let at = self.excuses.iter().position(|e| *e == excuse).unwrap_or_else(|| {
            self.excuses.push(excuse);
            self.excuses.len() - 1
        });
        if !self.held.contains(&at) {
            Rc::make_mut(&mut self.held).insert(at);
        }
    }

    /// What held on another way here holds, too.
    pub(super) fn hold(&mut self, other: &BTreeSet<usize>) {
        if !other.is_subset(&self.held) {
            Rc::make_mut(&mut self.held).extend(other);
        }
    }

    pub(super) fn guard_stop(&mut self, at: Place) {
        self.note(EventKind::GuardStop, at);
    }

    /// A guard stops the program, and it may be that nobody learns of it.
    pub(super) fn tells_well(&mut self, flow: &Flow) {
        if let Some(at) = flow.well.filter(|_| flow.exits) {
            self.note(EventKind::EndsWell, at);
        }
    }

    /// Since then something was read from a database, or a command was started.
    pub(super) fn has_asked(&self, first: usize) -> bool {
        self.events[first..]
            .iter()
            .any(|e| matches!(e.kind, EventKind::Opens | EventKind::Reads { .. } | EventKind::Ran { .. }))
    }

    pub(super) fn last_guard_stop(&self) -> Option<Place> {
        self.last_stop
    }

    pub(super) fn verdict_taint() -> Taint {
        Taint::of(TaintSources { verdict: true, ..TaintSources::default() })
    }

    /// The taint of a value that says "a guard failed".
    pub(super) fn stop_taint(&self) -> Taint {
        match self.world {
            World::WrongDatabase => Self::verdict_taint(),
            _ => Taint::variable("CI"),
        }
    }

    pub(super) fn stops_here(&self, value: &Value, flow: &Flow) -> bool {
        flow.guarded && !flow.falls
            || self.truth(value) == crate::reach::value::Truth::No
                && (value.taint.has(|s| s.ci) && self.world == World::NoCi || value.taint.has(|s| s.verdict))
    }
}
