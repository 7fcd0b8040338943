//! Modules: loaded once, told again to every program that imports them.

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::{Event, EventKind, How};
use crate::reach::resolve::Target;
use crate::reach::sources::UnitHandle;
use crate::reach::value::{Kind, ScopeId, Value};
use crate::words::flow::{Dialect, ImportedName};
use crate::words::span::{FileId, Place, Span};
use rustc_hash::FxHashSet;
use std::collections::BTreeMap;
use std::rc::Rc;

#[derive(Clone, Debug, Default)]
pub(super) struct ModuleRecord {
    pub(super) exports: BTreeMap<String, Value>,
    /// Modules whose exports are passed on whole.
    pub(super) passed_on: Vec<FileId>,
    pub(super) whole: Option<Value>,
    /// What happened while it was loaded, to be told again to the next program that imports it.
    pub(super) items: Rc<Vec<Item>>,
    pub(super) loading: bool,
    pub(super) stopped: Option<Flow>,
}

/// A step of loading a module.
#[derive(Clone, Debug)]
pub(super) enum Item {
    /// Its stack starts at the module.
    Event(Event),
    Load(FileId, Vec<Place>),
    Called((usize, u32)),
}

/// Whoever imported a module first was told where that leads.
fn is_import(event: &Event) -> bool {
    matches!(event.kind, EventKind::Reach { how: How::Imported, .. })
}

impl Walker<'_> {
    /// Loads a file as a module: its statements run once, at the first load.
    pub(super) fn load(&mut self, file: FileId) -> (Value, Flow) {
        if !self.recording.is_empty() {
            let depth = self.recording_depth();
            let stack = self.stack.get(depth..).unwrap_or_default().to_vec();
            if let Some((items, _)) = self.recording.last_mut() {
                items.push(Item::Load(file, stack));
            }
        }
        if let Some(record) = self.modules.get(&file) {
            let stopped = record.stopped.clone();
            self.tell_again(file);
            return (Value::new(Kind::Module(file)), stopped.unwrap_or_else(Flow::normal));
        }
        self.told.insert(file);
        let written = self.log.len();
        if (self.context.quarantined)(file) {
            return (Value::unknown("quarantined module"), Flow::normal());
        }
        let lowered = self.context.sources.file(file).lowered().clone();
        let record = ModuleRecord { loading: true, ..ModuleRecord::default() };
        self.modules.insert(file, record);
        if lowered.unit.is_none() {
            return (Value::new(Kind::FileText(file)), Flow::normal());
        }
        let unit = self.add_unit(UnitHandle::File(lowered), file);
        self.unit_of_file.insert(file, unit);
        self.module_stack.push(file);
        self.recording.push((Vec::new(), self.stack.len()));
        let first = self.events.len();
        let outcomes = self.outcomes.len();
        let flow = self.run_unit(unit);
        let mut items = self.recording.pop().map(|(items, _)| items).unwrap_or_default();
        self.settle_outcomes(outcomes, &mut items);
        if self.told_elsewhere(file) {
            self.events.truncate(first);
        }
        self.module_stack.pop();
        self.bind_late(file);
        // Once loaded, a module stays loaded, whichever branch loaded it.
        self.log.truncate(written);
        if let Some(record) = self.modules.get_mut(&file) {
            record.loading = false;
            record.items = Rc::new(items);
            if !flow.falls {
                record.stopped = Some(flow.clone());
            }
        }
        (Value::new(Kind::Module(file)), flow)
    }

    pub(super) fn recording_depth(&self) -> usize {
        self.recording.last().map_or(0, |(_, depth)| *depth)
    }

    /// What happens when this module is loaded is told where it is judged itself; once is enough.
    fn told_elsewhere(&self, file: FileId) -> bool {
        self.lazy && file != self.main_file && self.context.judged.contains(&file)
    }

    /// Tells this program what happened when a module was loaded for another one.
    pub(super) fn tell_again(&mut self, file: FileId) {
        if !self.told.insert(file) {
            return;
        }
        if self.is_silent(file) {
            return;
        }
        let quietly = self.told_elsewhere(file);
        let items = self.modules.get(&file).map(|r| Rc::clone(&r.items)).unwrap_or_default();
        for item in items.iter() {
            match item {
                Item::Event(event) if quietly || self.lazy && file != self.main_file && is_import(event) => {}
                Item::Event(event) => {
                    let mut event = event.clone();
                    event.stack = self.stack.iter().chain(&*event.stack).copied().collect();
                    event.excuses = Rc::clone(&self.held);
                    event.speculative |= self.speculative;
                    event.handler |= self.handler > 0;
                    self.push(event);
                }
                Item::Load(module, places) => {
                    let depth = self.stack.len();
                    self.stack.extend(places);
                    self.tell_again(*module);
                    self.stack.truncate(depth);
                }
                Item::Called(function) => {
                    self.called.insert(*function);
                }
            }
        }
    }

    /// Neither this module nor any that it loads, however far, has something to tell.
    fn is_silent(&mut self, file: FileId) -> bool {
        let main = self.unit_of_file.get(&self.main_file);
        if !self.lazy
            || file == self.main_file
            || main.is_some_and(|unit| self.called_by_others.contains(unit))
        {
            return false;
        }
        let mut seen = FxHashSet::from_iter([file]);
        let mut queue = vec![file];
        while let Some(at) = queue.pop() {
            match self.silent.get(&at) {
                Some(true) => continue,
                Some(false) => {
                    self.silent.insert(file, false);
                    return false;
                }
                None => {}
            }
            let Some(record) = self.modules.get(&at).filter(|record| !record.loading) else { return false };
            let judged = self.context.judged.contains(&at);
            for item in record.items.iter() {
                match item {
                    Item::Event(event) if !judged && !is_import(event) => {
                        self.silent.extend([(at, false), (file, false)]);
                        return false;
                    }
                    Item::Load(module, _) if seen.insert(*module) => queue.push(*module),
                    _ => {}
                }
            }
        }
        self.silent.extend(seen.into_iter().map(|module| (module, true)));
        true
    }

    pub(super) fn run_unit(&mut self, unit: usize) -> Flow {
        let Some((handle, _)) = self.units.get(unit).cloned() else { return Flow::normal() };
        let Some(held) = handle.unit() else { return Flow::normal() };
        let scope = self.new_scope(None, true);
        self.scope_of_unit.insert(unit, scope);
        let (errexit, pipefail) = (self.errexit, self.pipefail);
        // Another program knows nothing of what is tested or follows here.
        let (tested, followed) = (std::mem::take(&mut self.tested), std::mem::take(&mut self.followed));
        if matches!(held.dialect, Dialect::Shell | Dialect::PowerShell) {
            (self.errexit, self.pipefail) = (false, false);
        }
        let flow = self.block(unit, scope, &held.body);
        (self.errexit, self.pipefail) = (errexit, pipefail);
        (self.tested, self.followed) = (tested, followed);
        flow
    }

    pub(super) fn import(
        &mut self,
        unit: usize,
        scope: ScopeId,
        module: &str,
        span: Span,
        names: &[ImportedName],
    ) -> Flow {
        if !names.is_empty()
            && let Some(file) = self.can_wait(unit, module, span)
        {
            self.import_later(unit, scope, file, names);
            return Flow::normal();
        }
        let (value, mut flow) = self.load_module(unit, module, span);
        for name in names {
            if name.local == "*" {
                self.import_all(scope, &value);
                continue;
            }
            let at = self.place(unit, name.span);
            let mut bound = if name.imported == "*" {
                value.clone()
            } else {
                self.member(&value, &name.imported, Some(at))
            };
            if let (Kind::Unknown(_), true) = (&value.kind, name.imported != "*")
                && module.starts_with("python:")
            {
                // A folder without a file of its own holds modules all the same.
                let dot = if module.ends_with(['.', ':']) { "" } else { "." };
                let inner = format!("{module}{dot}{}", name.imported);
                let (found, next) = self.load_module(unit, &inner, name.span);
                flow.then(next);
                bound = found;
            }
            let bound = self.named(unit, bound, &name.imported);
            self.remember_late(scope, &value, &bound, name);
            self.bind(scope, &name.local, bound);
        }
        flow
    }

    /// `from module import *`.
    fn import_all(&mut self, scope: ScopeId, module: &Value) {
        match &module.kind {
            Kind::Module(file) => {
                let Some(unit) = self.unit_of_file.get(file).copied() else { return };
                let from = self.unit_scope(unit);
                let mut all: Vec<(Rc<str>, Value)> = self.scopes[from]
                    .names
                    .iter()
                    .filter(|(name, _)| !name.starts_with(['_', '$', '\u{0}', '%']))
                    .map(|(name, value)| (Rc::from(name), value.clone()))
                    .collect();
                all.sort_by(|a, b| a.0.cmp(&b.0));
                for (name, value) in all {
                    self.bind(scope, &name, value);
                }
            }
            Kind::Api(_) => self.bind(scope, "%all", module.clone()),
            _ => {}
        }
    }

    /// A module of the package that a file is.
    pub(super) fn submodule(&mut self, package: FileId, name: &str, at: Option<Place>) -> Option<Value> {
        let path = self.context.sources.path(package);
        let folder = path.strip_suffix("__init__.py")?.trim_end_matches('/').to_owned();
        let module = crate::reach::resolve::join(&folder, name);
        let found = [format!("{module}.py"), format!("{module}/__init__.py")]
            .iter()
            .find_map(|path| self.context.sources.find(path))?;
        if self.lazy && !self.context.leading.contains(&found) && !self.modules.contains_key(&found) {
            return Some(Value::unknown(name));
        }
        if let Some(at) = at {
            self.note(EventKind::Reach { file: found, how: How::Imported }, at);
            self.stack.push(at);
        }
        let (value, _) = self.load(found);
        if at.is_some() {
            self.stack.pop();
        }
        Some(value)
    }

    pub(super) fn export_from(
        &mut self,
        unit: usize,
        module: &str,
        span: Span,
        names: Option<&[ImportedName]>,
    ) -> Flow {
        let file = self.file_of(unit);
        if let Some(other) = self.can_wait(unit, module, span) {
            let waiting: Vec<(String, Value)> = names
                .into_iter()
                .flatten()
                .map(|name| (name.local.clone(), self.later(unit, other, name.span, &name.imported)))
                .collect();
            if let Some(record) = self.modules.get_mut(&file) {
                record.exports.extend(waiting);
                record.passed_on.extend(names.is_none().then_some(other));
            }
            return Flow::normal();
        }
        let (value, flow) = self.load_module(unit, module, span);
        match names {
            Some(names) => {
                for name in names {
                    let bound = if name.imported == "*" {
                        value.clone()
                    } else {
                        self.member(&value, &name.imported, None)
                    };
                    if let Some(record) = self.modules.get_mut(&file) {
                        record.exports.insert(name.local.clone(), bound);
                    }
                }
            }
            None => {
                if let (Kind::Module(other), Some(record)) = (&value.kind, self.modules.get_mut(&file)) {
                    record.passed_on.push(*other);
                }
            }
        }
        flow
    }

    /// What a module name means, as it is written in a file.
    pub(super) fn leads_to(&mut self, from: FileId, module: &str) -> Target {
        let known = self.resolved.entry(from).or_default();
        if let Some(target) = known.get(module) {
            return target.clone();
        }
        let path = self.context.sources.path(from);
        let target = self.context.resolver.module(self.context.sources, path, module);
        known.insert(Rc::from(module), target.clone());
        target
    }

    /// Loads what a module name means, as an importer in `unit` writes it.
    pub(super) fn load_module(&mut self, unit: usize, module: &str, span: Span) -> (Value, Flow) {
        let at = self.place(unit, span);
        match self.leads_to(at.file, module) {
            Target::File(file) => {
                self.note(EventKind::Reach { file, how: How::Imported }, at);
                if self.lazy && !self.context.leading.contains(&file) && !self.modules.contains_key(&file) {
                    return (Value::unknown(module), Flow::normal());
                }
                self.stack.push(at);
                let loaded = self.load(file);
                self.stack.pop();
                loaded
            }
            Target::Inside(file, inside) => {
                self.note(EventKind::Reach { file, how: How::Imported }, at);
                self.stack.push(at);
                let (value, flow) = self.load(file);
                self.stack.pop();
                // An inline module's names are exported with its own in front.
                let whole = inside.join("::");
                if let Some(found) = self.member_of_module(file, &whole) {
                    return (found, flow);
                }
                // So may be a type of it, with a member of its own behind.
                let front = (1..inside.len()).rev().find_map(|count| {
                    let found = self.member_of_module(file, &inside[..count].join("::"))?;
                    Some((found, count))
                });
                let (value, done) = front.unwrap_or((value, 0));
                let rest = inside.iter().skip(done);
                let value = rest.fold(value, |of, name| self.member(&of, name, Some(at)));
                (value, flow)
            }
            Target::Library(name) => {
                let value = Value::new(Kind::Api(Rc::from(name.as_str())));
                let flow = self.api_loaded(&name, at);
                (value, flow)
            }
            Target::Missing => (Value::unknown(module), Flow::normal()),
        }
    }

    pub(super) fn member_of_module(&mut self, file: FileId, name: &str) -> Option<Value> {
        self.exported_by(file, name, &mut FxHashSet::default())
    }

    /// Modules that pass each other's exports on may do so in a circle.
    fn exported_by(&mut self, file: FileId, name: &str, seen: &mut FxHashSet<FileId>) -> Option<Value> {
        if !seen.insert(file) {
            return None;
        }
        let record = self.modules.get(&file)?;
        if let Some(value) = record.exports.get(name) {
            let Kind::Later(later) = &value.kind else { return Some(value.clone()) };
            let later = Rc::clone(later);
            let value = self.arrive(&later);
            if self.has_arrived(&value)
                && let Some(record) = self.modules.get_mut(&file)
            {
                record.exports.insert(name.to_owned(), value.clone());
            }
            return Some(value);
        }
        if let Some(whole) = record.whole.clone() {
            if name == "default" {
                return Some(whole);
            }
            return match &whole.kind {
                Kind::Object(object) => object.entries.get(name).cloned(),
                Kind::Module(other) => self.exported_by(*other, name, seen),
                _ => None,
            };
        }
        let mut at = 0;
        // (The list may grow where a circle is loaded.)
        while let Some(other) = self.modules.get(&file).and_then(|record| record.passed_on.get(at)).copied() {
            at += 1;
            if !self.modules.contains_key(&other) && self.may_export(other, name) {
                self.load(other);
            }
            let Some(found) = self.exported_by(other, name, seen) else { continue };
            // Who asks next need not look through all of these again.
            if self.module_stack.is_empty()
                && let Some(record) = self.modules.get_mut(&file)
            {
                record.exports.insert(name.to_owned(), found.clone());
            }
            return Some(found);
        }
        // A shell file has no exports: its functions are simply there.
        let unit = *self.unit_of_file.get(&file)?;
        let scope = self.unit_scope(unit);
        // So is everything of a Python module.
        let whole = self.is_python(unit);
        self.look_up(scope, name).filter(|v| whole || matches!(v.kind, Kind::Function(_)))
    }

    /// Libraries are told when they are loaded: some act at once (`dotenv/config`).
    pub(super) fn api_loaded(&mut self, name: &str, at: Place) -> Flow {
        let Some(action) = knowledge::libraries().api(name) else { return Flow::normal() };
        if action.role == Some(Role::LoadEnv) && name.contains('/') {
            self.load_env(None, at);
        }
        if action.opens && !action.property && action.gives.is_none() {
            self.note(EventKind::Opens, at);
        }
        Flow::normal()
    }
}
