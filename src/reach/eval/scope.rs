//! Names and what is bound to them; branches take their writes back and join.

use crate::reach::eval::Walker;
use crate::reach::eval::names::Names;
use crate::reach::eval::quiet::reaches;
use crate::reach::value::{Kind, ScopeId, Taint, Value};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

#[derive(Debug, Default)]
pub(super) struct ScopeData {
    pub(super) parent: Option<ScopeId>,
    pub(super) names: Names,
    pub(super) function: bool,
}

/// What a walker held when a call began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    base: ScopeId,
    mark: usize,
    units: usize,
    exported: usize,
}

pub(super) type Written = Vec<(ScopeId, Rc<str>, Option<Value>)>;

impl Walker<'_> {
    pub(super) fn root_scope(&mut self) -> ScopeId {
        self.new_scope(None, true)
    }

    pub(super) fn new_scope(&mut self, parent: Option<ScopeId>, function: bool) -> ScopeId {
        self.scopes.push(ScopeData { parent, names: Names::default(), function });
        self.scopes.len() - 1
    }

    pub(super) fn unit_scope(&self, unit: usize) -> ScopeId {
        self.scope_of_unit.get(&unit).copied().unwrap_or(0)
    }

    /// The scope in which a name is bound, from `scope` outwards.
    pub(super) fn holder(&self, scope: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = Some(scope);
        while let Some(id) = at {
            if self.scopes[id].names.contains(name) {
                return Some(id);
            }
            at = self.scopes[id].parent;
        }
        None
    }

    pub(super) fn look_up(&self, scope: ScopeId, name: &str) -> Option<Value> {
        self.holder(scope, name).and_then(|id| self.scopes[id].names.get(name).cloned())
    }

    pub(super) fn function_scope(&self, scope: ScopeId) -> ScopeId {
        let mut at = scope;
        while !self.scopes[at].function {
            let Some(parent) = self.scopes[at].parent else { break };
            at = parent;
        }
        at
    }

    pub(super) fn outermost(&self, scope: ScopeId) -> ScopeId {
        let mut at = scope;
        while let Some(parent) = self.scopes[at].parent {
            at = parent;
        }
        at
    }

    pub(super) fn bind(&mut self, scope: ScopeId, name: &str, value: Value) {
        let name: Rc<str> = Rc::from(name);
        let data = &mut self.scopes[scope];
        self.epoch += usize::from(data.parent.is_none());
        let old = data.names.insert(Rc::clone(&name), value);
        self.log.push((scope, name, old));
    }

    /// Where a call begins, for [`Walker::leave`].
    pub(super) fn enter(&self) -> Frame {
        Frame {
            base: self.scopes.len(),
            mark: self.log.len(),
            units: self.units.len(),
            exported: self.exported_values,
        }
    }

    /// Leaves a call. When nothing that lives on can see its scopes, they are gone, and what was
    /// written to them need not be joined wherever branches around the call meet.
    pub(super) fn leave(&mut self, frame: &Frame, value: &Value) {
        let base = frame.base;
        let grown = self.units.len() != frame.units || self.exported_values != frame.exported;
        if grown || self.log.len() < frame.mark || reaches(value, base, 0) {
            return;
        }
        let outside = |scope: &ScopeId| *scope < base;
        let seen =
            self.log[frame.mark..].iter().filter(|(scope, _, _)| outside(scope)).any(|(scope, name, old)| {
                old.as_ref().is_some_and(|old| reaches(old, base, 0))
                    || self.scopes[*scope].names.get(name).is_some_and(|now| reaches(now, base, 0))
            });
        if seen {
            return;
        }
        let mut written = self.log.split_off(frame.mark);
        written.retain(|(scope, _, _)| outside(scope));
        self.log.append(&mut written);
        self.scopes.truncate(base);
    }

    pub(super) fn mark(&self) -> usize {
        self.log.len()
    }

    pub(super) fn undo(&mut self, mark: usize) -> FxHashMap<(ScopeId, Rc<str>), Value> {
        let mut last = FxHashMap::default();
        while self.log.len() > mark {
            let Some((scope, name, old)) = self.log.pop() else { break };
            let data = &mut self.scopes[scope];
            self.epoch += usize::from(data.parent.is_none());
            let names = &mut data.names;
            let new = match old {
                Some(old) => names.insert(Rc::clone(&name), old),
                None => names.remove(&name),
            };
            if let Some(new) = new {
                // The first one met going backwards is the one that was there last.
                last.entry((scope, name)).or_insert(new);
            }
        }
        last
    }

    /// Joins the writes of two sides. A side that does not go on leaves nothing behind. A constant
    /// that a condition chose tells what the condition was: it carries its taint on.
    pub(super) fn merge(
        &mut self,
        one: FxHashMap<(ScopeId, Rc<str>), Value>,
        one_falls: bool,
        other_mark: usize,
        other_falls: bool,
        condition: &Taint,
    ) {
        match (one_falls, other_falls) {
            (false, true) => {}
            (true, false) => {
                self.undo(other_mark);
                for ((scope, name), value) in sorted(one) {
                    self.bind(scope, &name, value);
                }
            }
            _ => {
                let mut keys: BTreeMap<(ScopeId, Rc<str>), Value> = BTreeMap::new();
                for ((scope, name), value) in sorted(one) {
                    let joined = match self.scopes[scope].names.get(&name) {
                        Some(now) => now.join(&value),
                        // A variable of a shell that only one side sets is there or not.
                        None if name.starts_with('$') => value.join(&Value::unknown(&name)),
                        None => value,
                    };
                    keys.insert((scope, name), joined);
                }
                let second: BTreeSet<(ScopeId, Rc<str>)> = self.log[other_mark.min(self.log.len())..]
                    .iter()
                    .map(|(s, n, _)| (*s, Rc::clone(n)))
                    .collect();
                for key in second {
                    if keys.contains_key(&key) {
                        continue;
                    }
                    let first = self.log[other_mark..]
                        .iter()
                        .find(|(s, n, _)| *s == key.0 && *n == key.1)
                        .and_then(|(_, _, old)| old.clone());
                    let Some(now) = self.scopes[key.0].names.get(&key.1).cloned() else { continue };
                    match first {
                        Some(old) => {
                            keys.insert(key, now.join(&old));
                        }
                        None if key.1.starts_with('$') => {
                            let unset = Value::unknown(&key.1);
                            keys.insert(key, now.join(&unset));
                        }
                        None => {}
                    }
                }
                for ((scope, name), mut value) in keys {
                    // In a check, which value is expected may well depend on its arguments.
                    if self.fingerprint == 0
                        && value.taint.sources().is_none()
                        && matches!(value.kind, Kind::Unknown(_))
                        && !condition.has(|s| s.verdict || s.ci)
                    {
                        value.taint = condition.clone();
                    } else if matches!(value.kind, Kind::Unknown(_) | Kind::List(..) | Kind::Object(_)) {
                        value.taint = value.taint.and(&condition.only_outcomes());
                    }
                    self.bind(scope, &name, value);
                }
            }
        }
    }
}

pub(super) fn sorted(map: FxHashMap<(ScopeId, Rc<str>), Value>) -> Vec<((ScopeId, Rc<str>), Value)> {
    let mut all: Vec<_> = map.into_iter().collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}
