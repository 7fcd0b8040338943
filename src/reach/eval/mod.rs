//! Walks a program in one [`World`], along every path that the world leaves open, and notes what
//! happens. Nothing is executed: values are what the source shows, everything else is unknown.
//!
//! A guard is judged by its result. In the world where `CI` is not `true`, a program whose guard
//! holds never reaches an effect; one that does reach it shows on which way.

#![allow(
    clippy::unused_self,
    clippy::only_used_in_recursion,
    clippy::self_only_used_in_recursion,
    clippy::needless_pass_by_value,
    reason = "steps of the walker share one shape, whether or not each needs all of it"
)]

mod call;
mod command;
mod expression;
mod library;
mod node;
mod outcome;
mod value_call;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use crate::reach::event::{Event, EventKind, Excuse, ExcuseKind, Mask, World};
use crate::reach::resolve::Resolver;
use crate::reach::sources::{Sources, UnitHandle};
use crate::reach::value::{Closure, Failing, Kind, ScopeId, Sources as TaintSources, Taint, Value};
use crate::words::flow::{Dialect, FunctionId, Unit};
use crate::words::span::{FileId, Place, Span};

/// Steps after which a walk gives up: far above what real programs need, and a bound in time.
const BUDGET: u64 = 4_000_000;
/// How deep calls, blocks and expressions may nest before a walk gives up.
const DEPTH: usize = 160;
/// How often one function may stand on the call stack.
const RECURSION: usize = 2;

/// What every walk needs to know of the repository.
pub struct Context<'a> {
    pub sources: &'a Sources,
    pub resolver: &'a Resolver,
    /// Functions that the contract names as fingerprint checks.
    pub fingerprints: BTreeSet<(FileId, String)>,
    /// All entries of the repository, in order.
    pub entries: &'a [EntryRef],
    /// Variables that the Prisma schemas read their URL from.
    pub schema_urls: BTreeSet<String>,
    /// Modules that name a library or a tool, or lead to one that does.
    pub leading: BTreeSet<FileId>,
    pub quarantined: &'a dyn Fn(FileId) -> bool,
}

/// An entry point and where it is kept.
#[derive(Clone, Debug)]
pub struct EntryRef {
    pub file: FileId,
    pub handle: UnitHandle,
}

/// What one program did in one world.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    pub events: Vec<Event>,
    pub excuses: Vec<Excuse>,
    /// The walk could come to its end (nothing stopped it for sure).
    pub falls: bool,
    /// The walk gave up; what it says is not complete.
    pub exhausted: bool,
}

/// How a piece of flow can end. Several may hold at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flow {
    pub(crate) falls: bool,
    pub(crate) returns: Option<Returned>,
    pub(crate) throws: bool,
    pub(crate) exits: bool,
    pub(crate) breaks: bool,
    pub(crate) continues: bool,
    /// One of the throws or exits is a guard that did its work.
    pub(crate) guarded: bool,
    /// Exits or throws happened only after an `await` in this function.
    pub(crate) later: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Returned {
    pub(crate) value: Value,
    /// Unknown conditions on the way to a return.
    pub(crate) reasons: Vec<(Place, Taint)>,
}

impl Flow {
    pub(crate) fn normal() -> Self {
        Self { falls: true, ..Self::default() }
    }

    /// Adds what comes after this flow fell through.
    pub(crate) fn then(&mut self, next: Self) {
        self.falls = next.falls;
        self.absorb(next);
    }

    /// Adds the other ways of ending, without `falls`.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.returns = match (self.returns.take(), other.returns) {
            (Some(mut a), Some(b)) => {
                a.value = a.value.join(&b.value);
                a.reasons.extend(b.reasons);
                Some(a)
            }
            (a, b) => a.or(b),
        };
        self.throws |= other.throws;
        self.exits |= other.exits;
        self.breaks |= other.breaks;
        self.continues |= other.continues;
        self.guarded |= other.guarded;
        self.later |= other.later;
    }

    /// It surely ends the program or throws.
    pub(crate) fn stops(&self) -> bool {
        !self.falls
            && self.returns.is_none()
            && !self.breaks
            && !self.continues
            && (self.throws || self.exits)
    }
}

#[derive(Debug, Default)]
struct ScopeData {
    parent: Option<ScopeId>,
    names: HashMap<Rc<str>, Value>,
    function: bool,
}

type Written = Vec<(ScopeId, Rc<str>, Option<Value>)>;

#[derive(Clone, Debug, Default)]
struct ModuleRecord {
    exports: BTreeMap<String, Value>,
    /// Modules whose exports are passed on whole.
    passed_on: Vec<FileId>,
    whole: Option<Value>,
    /// What happened while it was loaded, to be told again to the next program that imports it.
    items: Vec<Item>,
    loading: bool,
    stopped: Option<Flow>,
}

/// A step of loading a module.
#[derive(Clone, Debug)]
enum Item {
    /// Its stack starts at the module.
    Event(Event),
    Load(FileId, Vec<Place>),
    Called((usize, u32)),
}

pub struct Walker<'a> {
    pub(crate) context: &'a Context<'a>,
    world: World,
    units: Vec<(UnitHandle, FileId)>,
    unit_of_file: HashMap<FileId, usize>,
    scopes: Vec<ScopeData>,
    scope_of_unit: HashMap<usize, ScopeId>,
    log: Written,
    modules: HashMap<FileId, ModuleRecord>,
    module_stack: Vec<FileId>,
    /// Modules that are being loaded: what happens, and how deep the stack was.
    recording: Vec<(Vec<Item>, usize)>,
    /// Modules whose loading this program has been told of.
    told: BTreeSet<FileId>,
    events: Vec<Event>,
    excuses: Vec<Excuse>,
    /// Excuses that hold on the present path.
    held: BTreeSet<usize>,
    stack: Vec<Place>,
    calls: Vec<(usize, FunctionId)>,
    called: BTreeSet<(usize, u32)>,
    masks: Vec<Option<Mask>>,
    speculative: bool,
    handler: usize,
    serves: bool,
    errexit: bool,
    pipefail: bool,
    /// Inside a tested command, errexit does not hold.
    tested: usize,
    status: Value,
    fingerprint: usize,
    fingerprint_taint: Taint,
    directory: Option<String>,
    main_file: FileId,
    /// Modules that lead to no library are not loaded for this program.
    lazy: bool,
    verdicts: HashMap<FileId, bool>,
    wrapped: Vec<crate::reach::event::Wrapped>,
    /// How many conditions stand around this place whose other side does nothing.
    uncertain: usize,
    /// What the stage before gives to standard input.
    piped: Option<Value>,
    steps: u64,
    depth: usize,
    exhausted: bool,
    awaited: bool,
    exported: BTreeMap<String, (Value, Place)>,
}

impl<'a> Walker<'a> {
    #[must_use]
    pub fn new(context: &'a Context<'a>, world: World) -> Self {
        Self {
            context,
            world,
            units: Vec::new(),
            unit_of_file: HashMap::new(),
            scopes: Vec::new(),
            scope_of_unit: HashMap::new(),
            log: Vec::new(),
            modules: HashMap::new(),
            module_stack: Vec::new(),
            recording: Vec::new(),
            told: BTreeSet::new(),
            events: Vec::new(),
            excuses: Vec::new(),
            held: BTreeSet::new(),
            stack: Vec::new(),
            calls: Vec::new(),
            called: BTreeSet::new(),
            masks: Vec::new(),
            speculative: false,
            handler: 0,
            serves: false,
            errexit: false,
            pipefail: false,
            tested: 0,
            status: Value::new(Kind::Bool(true)),
            fingerprint: 0,
            fingerprint_taint: Taint::default(),
            directory: None,
            main_file: FileId(0),
            lazy: false,
            verdicts: HashMap::new(),
            wrapped: Vec::new(),
            uncertain: 0,
            piped: None,
            steps: 0,
            depth: 0,
            exhausted: false,
            awaited: false,
            exported: BTreeMap::new(),
        }
    }

    /// Walks a file as a program. With `explore`, functions that nothing called are looked into
    /// afterwards, so that what a library can do is seen, too.
    #[must_use]
    pub fn program(mut self, file: FileId, explore: bool) -> Walk {
        self.next_program(file, explore, false)
    }

    /// Walks one program after another. Modules are loaded once for all of them: what a module
    /// does when it is loaded depends on nobody. A `lazy` walk leaves out modules that lead to no
    /// library: enough for programs of which only surfaces are asked.
    pub fn next_program(&mut self, file: FileId, explore: bool, lazy: bool) -> Walk {
        let kept = Self {
            units: std::mem::take(&mut self.units),
            unit_of_file: std::mem::take(&mut self.unit_of_file),
            scopes: std::mem::take(&mut self.scopes),
            scope_of_unit: std::mem::take(&mut self.scope_of_unit),
            modules: std::mem::take(&mut self.modules),
            verdicts: std::mem::take(&mut self.verdicts),
            ..Self::new(self.context, self.world)
        };
        *self = kept;
        if let Some(first) = self.scopes.first_mut() {
            // What another program put in place of a platform's function is not in place here.
            first.names.retain(|name, _| !name.starts_with("\u{0}api"));
        }
        self.main_file = file;
        self.lazy = lazy;
        self.directory = Some(".".to_owned());
        let flow = self.load(file).1;
        if explore {
            self.explore(file);
        }
        Walk {
            events: std::mem::take(&mut self.events),
            excuses: std::mem::take(&mut self.excuses),
            falls: flow.falls,
            exhausted: self.exhausted,
        }
    }

    /// Walks an entry point.
    #[must_use]
    pub fn entry(mut self, entry: &EntryRef) -> Walk {
        self.main_file = entry.file;
        let Some(found) = entry.handle.entry() else { return Walk::default() };
        self.directory.clone_from(&found.directory);
        if let Some(span) = found.tolerated {
            let at = Place { file: entry.file, span };
            self.masks.push(Some(Mask { at, silent: true, shell: true }));
        }
        for setting in &found.env {
            let scope = self.root_scope();
            let value = self.plain(&setting.value, scope);
            self.exported
                .insert(setting.name.clone(), (value, Place { file: entry.file, span: setting.span }));
        }
        let unit = self.add_unit(entry.handle.clone(), entry.file);
        let flow = self.run_unit(unit);
        self.finish(&flow)
    }

    /// Calls one exported function of a file with arguments that nobody knows.
    #[must_use]
    pub fn function(mut self, file: FileId, name: &str) -> Option<(Walk, Span)> {
        self.main_file = file;
        let (_, flow) = self.load(file);
        let value = self.member_of_module(file, name)?;
        let Kind::Function(closure) = &value.kind else { return None };
        let closure = Rc::clone(closure);
        let span = self.unit(closure.unit).map(|u| u.functions[closure.id.0 as usize].span)?;
        if !flow.falls {
            return Some((self.finish(&flow), span));
        }
        let place = Place { file, span };
        let (result, mut flow) = self.call_function(&closure, Vec::new(), place, None);
        if let Kind::Promise(promise) = &result.kind
            && let Some(failing) = promise.failing
        {
            flow.falls = false;
            flow.guarded |=
                matches!(failing, Failing::Throws { by_guard: true } | Failing::Exits { by_guard: true });
        } else if flow.falls
            && self.is_shell(closure.unit)
            && self.truth(&result) == crate::reach::value::Truth::No
        {
            // A shell function that returns a failure stops its caller under errexit.
            flow.falls = false;
        }
        Some((self.finish(&flow), span))
    }

    fn finish(self, flow: &Flow) -> Walk {
        Walk { events: self.events, excuses: self.excuses, falls: flow.falls, exhausted: self.exhausted }
    }

    fn explore(&mut self, file: FileId) {
        let Some(&unit) = self.unit_of_file.get(&file) else { return };
        let Some(handle) = self.units.get(unit).map(|(handle, _)| handle.clone()) else { return };
        let Some(held) = handle.unit() else { return };
        self.speculative = true;
        let scope = self.modules.get(&file).map_or(0, |_| self.unit_scope(unit));
        for (at, function) in held.functions.iter().enumerate() {
            let id = u32::try_from(at).unwrap_or(u32::MAX);
            if self.called.contains(&(unit, id)) {
                continue;
            }
            let closure = Closure { unit, id: FunctionId(id), scope, this: Some(Value::unknown("this")) };
            let place = Place { file, span: function.span };
            let mark = self.mark();
            let _ = self.call_function(&Rc::new(closure), Vec::new(), place, None);
            self.undo(mark);
        }
        self.speculative = false;
    }

    fn is_shell(&self, unit: usize) -> bool {
        self.unit(unit).is_some_and(|u| u.dialect == Dialect::Shell)
    }

    // Units and scopes.

    fn add_unit(&mut self, handle: UnitHandle, file: FileId) -> usize {
        self.units.push((handle, file));
        self.units.len() - 1
    }

    fn unit(&self, unit: usize) -> Option<&Unit> {
        self.units.get(unit).and_then(|(handle, _)| handle.unit())
    }

    fn snippet(&mut self, unit: Unit, file: FileId) -> usize {
        self.add_unit(UnitHandle::Snippet(Arc::new(unit)), file)
    }

    pub(crate) fn file_of(&self, unit: usize) -> FileId {
        self.units.get(unit).map_or(FileId(0), |(_, file)| *file)
    }

    pub(crate) fn place(&self, unit: usize, span: Span) -> Place {
        Place { file: self.file_of(unit), span }
    }

    fn root_scope(&mut self) -> ScopeId {
        self.new_scope(None, true)
    }

    fn new_scope(&mut self, parent: Option<ScopeId>, function: bool) -> ScopeId {
        self.scopes.push(ScopeData { parent, names: HashMap::new(), function });
        self.scopes.len() - 1
    }

    fn unit_scope(&self, unit: usize) -> ScopeId {
        self.scope_of_unit.get(&unit).copied().unwrap_or(0)
    }

    /// The scope in which a name is bound, from `scope` outwards.
    fn holder(&self, scope: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = Some(scope);
        while let Some(id) = at {
            if self.scopes[id].names.contains_key(name) {
                return Some(id);
            }
            at = self.scopes[id].parent;
        }
        None
    }

    fn look_up(&self, scope: ScopeId, name: &str) -> Option<Value> {
        self.holder(scope, name).and_then(|id| self.scopes[id].names.get(name).cloned())
    }

    fn function_scope(&self, scope: ScopeId) -> ScopeId {
        let mut at = scope;
        while !self.scopes[at].function {
            let Some(parent) = self.scopes[at].parent else { break };
            at = parent;
        }
        at
    }

    fn outermost(&self, scope: ScopeId) -> ScopeId {
        let mut at = scope;
        while let Some(parent) = self.scopes[at].parent {
            at = parent;
        }
        at
    }

    fn bind(&mut self, scope: ScopeId, name: &str, value: Value) {
        let name: Rc<str> = Rc::from(name);
        let old = self.scopes[scope].names.insert(Rc::clone(&name), value);
        self.log.push((scope, name, old));
    }

    // Branches: walk one side, take its writes back, walk the other, join.

    fn mark(&self) -> usize {
        self.log.len()
    }

    fn undo(&mut self, mark: usize) -> HashMap<(ScopeId, Rc<str>), Value> {
        let mut last = HashMap::new();
        while self.log.len() > mark {
            let Some((scope, name, old)) = self.log.pop() else { break };
            let names = &mut self.scopes[scope].names;
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
    fn merge(
        &mut self,
        one: HashMap<(ScopeId, Rc<str>), Value>,
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
                    if let (Some(old), Some(now)) = (first, self.scopes[key.0].names.get(&key.1).cloned()) {
                        keys.insert(key, now.join(&old));
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
                    }
                    self.bind(scope, &name, value);
                }
            }
        }
    }

    // Events and excuses.

    pub(crate) fn note(&mut self, kind: EventKind, at: Place) -> usize {
        let event = Event {
            kind,
            at,
            stack: self.stack.clone(),
            excuses: self.held.clone(),
            mask: self.masks.last().copied().flatten(),
            speculative: self.speculative,
            handler: self.handler > 0,
            wrapped: self.wrapped.last().cloned(),
            conditional: self.uncertain > 0,
        };
        if let Some((items, depth)) = self.recording.last_mut() {
            let mut own = event.clone();
            own.stack.drain(..(*depth).min(own.stack.len()));
            items.push(Item::Event(own));
        }
        self.events.push(event);
        self.events.len() - 1
    }

    fn excuse(&mut self, kind: ExcuseKind, at: Place, taint: Taint, guard: Option<Place>) {
        let excuse = Excuse { kind, at, taint, guard };
        let at = self.excuses.iter().position(|e| *e == excuse).unwrap_or_else(|| {
            self.excuses.push(excuse);
            self.excuses.len() - 1
        });
        self.held.insert(at);
    }

    fn guard_stop(&mut self, at: Place) {
        self.note(EventKind::GuardStop, at);
    }

    fn last_guard_stop(&self) -> Option<Place> {
        self.events.iter().rev().find(|e| matches!(e.kind, EventKind::GuardStop)).map(|e| e.at)
    }

    /// Counts a step; false when the walk must give up.
    fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps > BUDGET || self.depth > DEPTH {
            self.exhausted = true;
        }
        !self.exhausted
    }

    fn verdict_taint() -> Taint {
        Taint::of(TaintSources { verdict: true, ..TaintSources::default() })
    }
}

fn sorted(map: HashMap<(ScopeId, Rc<str>), Value>) -> Vec<((ScopeId, Rc<str>), Value)> {
    let mut all: Vec<_> = map.into_iter().collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}
