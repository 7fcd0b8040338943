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

mod alternatives;
mod annotation;
mod argument;
mod assign;
mod attempt;
mod bound;
mod branch;
mod call;
mod child;
mod cmdlet;
mod command;
mod connection;
mod deferred;
mod expression;
mod fill;
mod flow;
mod foreign;
mod forge;
mod function;
mod gate;
mod inline;
mod instance;
mod library;
mod location;
mod mask;
mod member;
mod memo;
mod method;
mod model;
mod module;
mod named;
mod names;
mod note;
mod object;
mod outcome;
mod own_program;
mod pipe;
mod promise;
mod quiet;
mod reflect;
mod result;
mod role;
mod scope;
mod sql;
mod start;
mod statement;
mod surroundings;
mod table;
mod text;
mod truth;
mod unseen;

use crate::reach::eval::flow::Flow;
use crate::reach::eval::module::{Item, ModuleRecord};
use crate::reach::eval::outcome::Outcome;
use crate::reach::eval::scope::{ScopeData, Written};
use crate::reach::event::{Event, Excuse, Mask, World};
use crate::reach::resolve::{Resolver, Target};
use crate::reach::sources::{Sources, UnitHandle};
use crate::reach::value::{Closure, Failing, Kind, ScopeId, Taint, Value};
use crate::words::effect::Effect;
use crate::words::flow::{Dialect, FunctionId, Unit};
use crate::words::span::{FileId, Place, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// Steps after which a walk gives up: far above what real programs need, and a bound in time.
const BUDGET: u64 = 4_000_000;
/// How deep calls, blocks and expressions may nest before a walk gives up.
const DEPTH: usize = 160;
/// How often one function may stand on the call stack.
const RECURSION: usize = 2;
/// How many programs may start one another before a walk gives up.
const MOST_NESTED: usize = 12;

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
    /// Tables that the schema or the migrations know.
    pub tables: BTreeSet<String>,
    /// Functions and procedures of the database, with what their bodies change.
    pub routines: Arc<BTreeMap<String, Vec<Effect>>>,
    /// Modules that name a library or a tool, or lead to one that does.
    pub leading: BTreeSet<FileId>,
    /// Programs that are walked and judged by themselves, whoever imports them.
    pub judged: BTreeSet<FileId>,
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

/// What is known of programs that other programs start; while one is being walked, that it does nothing.
#[derive(Debug, Default)]
struct Others {
    /// A guard surely stops it in this world.
    stops: RefCell<FxHashMap<FileId, bool>>,
    /// It sets `CI` for whatever loads it first.
    forges: RefCell<FxHashMap<FileId, bool>>,
}

pub struct Walker<'a> {
    pub(crate) context: &'a Context<'a>,
    world: World,
    units: Vec<(UnitHandle, FileId)>,
    unit_of_file: FxHashMap<FileId, usize>,
    scopes: Vec<ScopeData>,
    scope_of_unit: FxHashMap<usize, ScopeId>,
    /// What the names of types stand for, by the file that says them.
    types: FxHashMap<(FileId, Rc<str>), Option<Value>>,
    log: Written,
    /// This program put something in the place of a platform's function.
    replaces: bool,
    /// Grows with every write to what a module holds.
    epoch: usize,
    /// The calls on their way, and those that left no evidence.
    memo: memo::Memo,
    /// How many values were exported so far.
    exported_values: usize,
    modules: FxHashMap<FileId, ModuleRecord>,
    /// Where a file's names of modules lead to.
    resolved: FxHashMap<FileId, FxHashMap<Rc<str>, Target>>,
    module_stack: Vec<FileId>,
    /// Modules that are being loaded: what happens, and how deep the stack was.
    recording: Vec<(Vec<Item>, usize)>,
    /// Names that modules being loaded will have.
    late: Vec<instance::Late>,
    /// Modules whose loading this program has been told of.
    told: BTreeSet<FileId>,
    /// Modules of which it is known whether there is anything to tell.
    silent: FxHashMap<FileId, bool>,
    /// Where an application of Django has its models.
    models_of: FxHashMap<String, Option<FileId>>,
    /// Modules with functions that another one calls while it is loaded.
    called_by_others: FxHashSet<usize>,
    events: Vec<Event>,
    last_stop: Option<Place>,
    excuses: Vec<Excuse>,
    /// Excuses that hold on the present path.
    held: Rc<BTreeSet<usize>>,
    stack: Vec<Place>,
    called: BTreeSet<(usize, u32)>,
    masks: Vec<Option<Mask>>,
    speculative: bool,
    handler: usize,
    serves: bool,
    errexit: bool,
    pipefail: bool,
    /// Inside a tested command, errexit does not hold.
    tested: usize,
    /// Something comes after this in the function or program that does not ask how it ended.
    followed: bool,
    /// How the list of commands that is walked next is looked at.
    list: Option<unseen::List>,
    status: Value,
    fingerprint: usize,
    fingerprint_taint: Taint,
    /// One function is walked, as if somebody had called it.
    alone: bool,
    /// What the holes in the words of the command at hand are made of, by what they are called.
    holes: Vec<(String, Taint)>,
    directory: Option<String>,
    main_file: FileId,
    /// Modules that lead to no library are not loaded for this program.
    lazy: bool,
    /// What is known of the programs that are started.
    others: Rc<Others>,
    /// How many programs, one started by the other, led here.
    nested: usize,
    /// Imported names that are being asked for.
    arriving: Vec<(FileId, Rc<str>)>,
    wrapped: Vec<crate::reach::event::Wrapped>,
    /// How many conditions stand around this place whose other side does nothing.
    uncertain: usize,
    /// What the stage before gives to standard input.
    piped: Option<Value>,
    /// Functions that decorators made commands of the command line.
    commands: Vec<Rc<Closure>>,
    /// The program that is started next may fail, and something else follows.
    unseen: Option<Mask>,
    steps: u64,
    depth: usize,
    exhausted: bool,
    awaited: bool,
    exported: BTreeMap<String, (Value, Place)>,
    outcomes: Vec<Outcome>,
    /// What hides failures of the whole program; of those, too, that are dealt with.
    overall: Vec<(Mask, bool)>,
    /// Where the arguments of the call that is carried out began to be evaluated.
    given_since: usize,
    /// Programs in other languages that stand in the text of another one.
    foreign_texts: BTreeMap<usize, crate::lang::foreign::Language>,
    /// How many files of SQL are being read by others.
    included: usize,
    /// Tables of the session that the program made for itself.
    temporary: BTreeSet<String>,
}

impl<'a> Walker<'a> {
    #[must_use]
    pub fn new(context: &'a Context<'a>, world: World) -> Self {
        Self {
            context,
            world,
            units: Vec::new(),
            unit_of_file: FxHashMap::default(),
            types: FxHashMap::default(),
            scopes: Vec::new(),
            scope_of_unit: FxHashMap::default(),
            log: Vec::new(),
            replaces: false,
            epoch: 0,
            memo: memo::Memo::default(),
            exported_values: 0,
            modules: FxHashMap::default(),
            resolved: FxHashMap::default(),
            module_stack: Vec::new(),
            recording: Vec::new(),
            late: Vec::new(),
            told: BTreeSet::new(),
            silent: FxHashMap::default(),
            models_of: FxHashMap::default(),
            called_by_others: FxHashSet::default(),
            events: Vec::new(),
            last_stop: None,
            excuses: Vec::new(),
            held: Rc::default(),
            stack: Vec::new(),
            called: BTreeSet::new(),
            masks: Vec::new(),
            speculative: false,
            handler: 0,
            serves: false,
            errexit: false,
            pipefail: false,
            tested: 0,
            followed: false,
            list: None,
            status: Value::new(Kind::Bool(true)),
            fingerprint: 0,
            fingerprint_taint: Taint::default(),
            alone: false,
            holes: Vec::new(),
            directory: None,
            main_file: FileId(0),
            lazy: false,
            others: Rc::default(),
            nested: 0,
            arriving: Vec::new(),
            wrapped: Vec::new(),
            uncertain: 0,
            piped: None,
            commands: Vec::new(),
            unseen: None,
            steps: 0,
            depth: 0,
            exhausted: false,
            awaited: false,
            exported: BTreeMap::new(),
            outcomes: Vec::new(),
            overall: Vec::new(),
            given_since: 0,
            foreign_texts: BTreeMap::new(),
            included: 0,
            temporary: BTreeSet::new(),
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
            resolved: std::mem::take(&mut self.resolved),
            types: std::mem::take(&mut self.types),
            silent: std::mem::take(&mut self.silent),
            models_of: std::mem::take(&mut self.models_of),
            called_by_others: std::mem::take(&mut self.called_by_others),
            others: std::mem::take(&mut self.others),
            nested: self.nested,
            ..Self::new(self.context, self.world)
        };
        *self = kept;
        if let Some(first) = self.scopes.first_mut() {
            // What another program put in place of a platform's function is not in place here.
            first.names.retain(|name| !name.starts_with("\u{0}api"));
        }
        self.main_file = file;
        self.lazy = lazy;
        self.directory = Some(".".to_owned());
        let flow = self.load(file).1;
        if explore {
            self.explore(file);
        }
        self.hide_unheeded();
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
        self.alone = true;
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

    fn finish(mut self, flow: &Flow) -> Walk {
        self.hide_unheeded();
        Walk { events: self.events, excuses: self.excuses, falls: flow.falls, exhausted: self.exhausted }
    }

    fn explore(&mut self, file: FileId) {
        let Some(&unit) = self.unit_of_file.get(&file) else { return };
        let Some(handle) = self.units.get(unit).map(|(handle, _)| handle.clone()) else { return };
        let Some(held) = handle.unit() else { return };
        for at in 0..held.functions.len() {
            let id = u32::try_from(at).unwrap_or(u32::MAX);
            if !self.called.contains(&(unit, id)) {
                self.call_from_outside(file, FunctionId(id));
            }
        }
    }

    fn is_shell(&self, unit: usize) -> bool {
        self.unit(unit).is_some_and(|u| u.dialect == Dialect::Shell)
    }

    fn is_foreign(&self, unit: usize) -> bool {
        self.unit(unit).is_some_and(|u| u.dialect == Dialect::Other)
    }

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

    fn file_of(&self, unit: usize) -> FileId {
        self.units.get(unit).map_or(FileId(0), |(_, file)| *file)
    }

    fn place(&self, unit: usize, span: Span) -> Place {
        Place { file: self.file_of(unit), span }
    }

    /// Counts a step; false when the walk must give up.
    fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps > BUDGET || self.depth > DEPTH {
            self.exhausted = true;
        }
        !self.exhausted
    }
}
