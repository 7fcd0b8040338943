//! Who acts: entry points and programs, what each starts and changes, in each world.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::check::analysis::Analysis;
use crate::reach::eval::{Walk, Walker};
use crate::reach::event::{Event, EventKind, How, World};
use crate::words::effect::Effect;
use crate::words::entry::EntryKind;
use crate::words::span::{FileId, Place, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Actor {
    Entry(usize),
    Program(FileId),
}

/// One actor starts another.
#[derive(Clone, Copy)]
pub(super) struct Start<'w> {
    pub(super) to: Actor,
    pub(super) event: &'w Event,
}

/// The guards that are asked about, as worlds in which they must stop a program.
pub(super) const GUARDS: [World; 2] = [World::NoCi, World::WrongDatabase];

/// Walks of everything that leads to an effect.
pub(super) struct Actors<'a> {
    analysis: &'a Analysis,
    /// Those that change something, themselves or through what they start.
    pub(super) relevant: BTreeSet<Actor>,
    walks: BTreeMap<(World, Actor), Walk>,
    empty: Walk,
}

/// How an actor was first come to: from which one, and what started it.
pub(super) type Ways<'w> = BTreeMap<Actor, Option<(Actor, &'w Event)>>;

impl<'a> Actors<'a> {
    pub(super) fn of(analysis: &'a Analysis) -> Self {
        let mut actors = Self {
            analysis,
            relevant: BTreeSet::new(),
            walks: BTreeMap::new(),
            empty: Walk { falls: true, ..Walk::default() },
        };
        actors.relevant = actors.relevant();
        actors.walk_guards();
        actors
    }

    fn all(&self) -> Vec<Actor> {
        let survey = &self.analysis.survey;
        let scope = &self.analysis.scope;
        let outside = |file: FileId| scope.nested.contains(&file) || scope.quarantined.contains(&file);
        // A step of a workflow is an entry by itself and a part of its job: once is enough.
        let mut seen = BTreeSet::new();
        let entries = (0..survey.entries.len())
            .filter(|at| {
                let entry = &survey.entries[*at];
                let (kind, span) =
                    entry.handle.entry().map_or((None, Span::default()), |e| (Some(e.kind), e.span));
                kind != Some(EntryKind::Step) || seen.insert((entry.file, span))
            })
            .filter(|at| {
                !outside(survey.entries[*at].file) && !scope.tests.contains(&survey.entries[*at].file)
            });
        let programs = survey
            .programs
            .keys()
            .filter(|file| !outside(**file))
            .filter(|file| !scope.tests.contains(file) || scope.scripts.contains_key(file));
        entries.map(Actor::Entry).chain(programs.copied().map(Actor::Program)).collect()
    }

    fn relevant(&self) -> BTreeSet<Actor> {
        let all = self.all();
        let known: BTreeSet<Actor> = all.iter().copied().collect();
        let mut starters: BTreeMap<Actor, Vec<Actor>> = BTreeMap::new();
        let mut out = BTreeSet::new();
        let mut queue = Vec::new();
        for actor in all {
            if self.acts(World::Open, actor).next().is_some() && out.insert(actor) {
                queue.push(actor);
            }
            for start in self.starts(World::Open, actor) {
                starters.entry(start.to).or_default().push(actor);
            }
        }
        while let Some(actor) = queue.pop() {
            for starter in starters.get(&actor).into_iter().flatten() {
                if known.contains(starter) && out.insert(*starter) {
                    queue.push(*starter);
                }
            }
        }
        out
    }

    /// Walks what is not walked yet where a guard must hold. Code that serves requests has no guards.
    fn walk_guards(&mut self) {
        let (analysis, survey) = (self.analysis, &self.analysis.survey);
        let quarantined = |file: FileId| analysis.scope.quarantined.contains(&file);
        let context = analysis.ground.context(analysis.sources(), &survey.entries, &quarantined);
        for world in GUARDS {
            let mut walker = Walker::new(&context, world);
            for actor in &self.relevant {
                let walk = match *actor {
                    Actor::Entry(at) => Walker::new(&context, world).entry(&survey.entries[at]),
                    Actor::Program(file)
                        if self.is_application(file) || analysis.worlds.contains_key(&(file, world)) =>
                    {
                        continue;
                    }
                    Actor::Program(file) => walker.next_program(file, false, false),
                };
                self.walks.insert((world, *actor), walk);
            }
        }
    }

    /// Business logic: part of the application, and not started as a program that serves nobody.
    pub(super) fn is_application(&self, file: FileId) -> bool {
        let survey = &self.analysis.survey;
        let serves = || {
            survey
                .programs
                .get(&file)
                .is_some_and(|walk| walk.events.iter().any(|e| matches!(e.kind, EventKind::Serves)))
        };
        let scope = &self.analysis.scope;
        scope.application.contains(&file)
            && !scope.scripts.contains_key(&file)
            && (!survey.started.contains_key(&file) || serves())
    }

    pub(super) fn walk(&self, world: World, actor: Actor) -> &Walk {
        let survey = &self.analysis.survey;
        let found = match (world, actor) {
            (World::Open, Actor::Entry(at)) => survey.entry_walks.get(at),
            (World::Open, Actor::Program(file)) => survey.programs.get(&file),
            (_, Actor::Program(file)) => {
                self.analysis.worlds.get(&(file, world)).or_else(|| self.walks.get(&(world, actor)))
            }
            _ => self.walks.get(&(world, actor)),
        };
        found.unwrap_or(&self.empty)
    }

    /// What an actor changes.
    pub(super) fn acts(&self, world: World, actor: Actor) -> impl Iterator<Item = &Event> {
        let guarded = world != World::Open;
        self.walk(world, actor)
            .events
            .iter()
            .filter(|event| match &event.kind {
                EventKind::Effect { effects, .. } => !effects.is_empty(),
                EventKind::Unresolved { .. } => true,
                _ => false,
            })
            .filter(move |event| !(guarded && event.wrapped.is_some()))
            .filter(|event| !self.analysis.scope.tests.contains(&event.at.file))
    }

    /// What an actor starts. What goes through `guard migrate` or `guard run` is stopped by them.
    pub(super) fn starts(&self, world: World, actor: Actor) -> impl Iterator<Item = Start<'_>> {
        let guarded = world != World::Open;
        self.walk(world, actor).events.iter().filter_map(move |event| {
            let to = match &event.kind {
                EventKind::Reach { file, how: How::Started { wrapped } } => {
                    if guarded && wrapped.is_some() {
                        return None;
                    }
                    Actor::Program(*file)
                }
                EventKind::StartsEntry { entry } => Actor::Entry(*entry),
                _ => return None,
            };
            let stopped = guarded && event.wrapped.is_some();
            let taken = !stopped && !event.speculative && to != actor;
            taken.then_some(Start { to, event })
        })
    }

    /// Everything that an actor leads to in a world, each by the shortest way.
    pub(super) fn ways(&self, world: World, from: Actor) -> Ways<'_> {
        let mut ways: Ways<'_> = BTreeMap::from([(from, None)]);
        let mut queue = VecDeque::from([from]);
        while let Some(actor) = queue.pop_front() {
            for start in self.starts(world, actor) {
                if self.relevant.contains(&start.to) && !ways.contains_key(&start.to) {
                    ways.insert(start.to, Some((actor, start.event)));
                    queue.push_back(start.to);
                }
            }
        }
        ways
    }
}

/// What makes two events one place on the map.
pub(super) type Key = (Place, String);

/// The effects of an event by the database's names, and what to call it.
pub(super) fn describe(analysis: &Analysis, event: &Event) -> Option<(String, Vec<Effect>)> {
    match &event.kind {
        EventKind::Effect { effects, command, .. } => {
            let resolved = analysis.names.resolve(effects);
            if resolved.is_empty() {
                return None;
            }
            let label = match command {
                Some(words) => crate::rules::contract::grants::shown(words),
                None => resolved.iter().map(Effect::describe).collect::<Vec<_>>().join(", "),
            };
            Some((label, resolved))
        }
        EventKind::Unresolved { why, .. } => Some((why.clone(), Vec::new())),
        _ => None,
    }
}
