//! From actors to the drawing: nodes in the order of their names, and one way for each entry and effect.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::analysis::Analysis;
use crate::check::map::actors::{Actor, Actors, GUARDS, Key, Ways, describe};
use crate::check::map::model::{self, Extent, Guard, Hop, Manner, Map, Path, Role, Spot, Standing, Write};
use crate::check::map::standing::chain;
use crate::lang::Kind;
use crate::reach::event::{Event, EventKind, World};
use crate::words::effect::{Columns, Effect, Operation, Table};
use crate::words::entry::EntryKind;
use crate::words::span::{FileId, Lines, Place, Span};

/// A way as it was found, before the nodes have names.
struct Found {
    entry: Origin,
    files: Vec<FileId>,
    effect: Key,
    standing: Standing,
    guards: Vec<Guard>,
    hops: Vec<(Place, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Entry(usize),
    /// A person starts the file itself.
    Hand,
    Nobody,
}

/// What one effect is, whoever leads to it.
struct Act {
    manner: Manner,
    effects: Vec<Effect>,
}

pub(super) fn draw(analysis: &Analysis, actors: &Actors<'_>, project: &str) -> Map {
    let mut drawing = Drawing {
        analysis,
        actors,
        lines: BTreeMap::new(),
        acts: BTreeMap::new(),
        found: Vec::new(),
        reached: BTreeSet::new(),
    };
    drawing.entries();
    drawing.by_hand();
    drawing.uncalled();
    drawing.map(project)
}

pub(super) struct Drawing<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) actors: &'a Actors<'a>,
    lines: BTreeMap<FileId, Lines>,
    acts: BTreeMap<Key, Act>,
    found: Vec<Found>,
    /// Programs that an entry point leads to.
    reached: BTreeSet<FileId>,
}

/// The effects that an actor leads to, each with who does it.
pub(super) type Reached<'w> = BTreeMap<Key, (Actor, &'w Event)>;

impl<'a> Drawing<'a> {
    fn entries(&mut self) {
        for actor in self.actors.relevant.clone() {
            let Actor::Entry(at) = actor else { continue };
            let ways = self.actors.ways(World::Open, actor);
            self.reached.extend(ways.keys().filter_map(|to| match to {
                Actor::Program(file) => Some(*file),
                Actor::Entry(_) => None,
            }));
            self.from(Origin::Entry(at), actor);
        }
    }

    /// Programs that no entry point starts can be started by a person, if they do something by themselves.
    fn by_hand(&mut self) {
        for actor in self.actors.relevant.clone() {
            let Actor::Program(file) = actor else { continue };
            if self.reached.contains(&file) || self.actors.is_application(file) {
                continue;
            }
            self.from(Origin::Hand, actor);
        }
    }

    /// Functions that nothing calls: a way to the effect stands ready, and nobody takes it.
    fn uncalled(&mut self) {
        let shown: BTreeSet<Key> = self.found.iter().map(|f| f.effect.clone()).collect();
        for actor in &self.actors.relevant {
            let Actor::Program(file) = *actor else { continue };
            let application = self.actors.is_application(file);
            for event in self.actors.acts(World::Open, *actor) {
                let Some((key, act)) = self.act(event) else { continue };
                if shown.contains(&key) || self.acts.contains_key(&key) {
                    continue;
                }
                if event.at.file != file && self.analysis.survey.programs.contains_key(&event.at.file) {
                    continue;
                }
                self.acts.insert(key.clone(), act);
                self.found.push(Found {
                    entry: Origin::Nobody,
                    files: trail(file, event),
                    standing: if application { Standing::Application } else { Standing::Uncalled },
                    guards: Vec::new(),
                    hops: vec![(event.at, key.1.clone())],
                    effect: key,
                });
            }
        }
    }

    fn act(&self, event: &Event) -> Option<(Key, Act)> {
        let (label, effects) = describe(self.analysis, event)?;
        let manner = match &event.kind {
            EventKind::Unresolved { .. } => Manner::Unresolved,
            EventKind::Effect { command: Some(_), .. } => Manner::Command,
            _ => Manner::Operation,
        };
        Some(((event.at, label), Act { manner, effects }))
    }

    fn reach<'w>(&self, world: World, ways: &Ways<'w>) -> Reached<'w>
    where
        'a: 'w,
    {
        let mut out = BTreeMap::new();
        let actors: &'a Actors<'a> = self.actors;
        for actor in ways.keys() {
            for event in actors.acts(world, *actor).filter(|event| !event.speculative) {
                if let Some((label, _)) = describe(self.analysis, event) {
                    out.entry((event.at, label)).or_insert((*actor, event));
                }
            }
        }
        out
    }

    /// Every effect that one actor leads to.
    fn from(&mut self, entry: Origin, actor: Actor) {
        let actors: &'a Actors<'a> = self.actors;
        let open = actors.ways(World::Open, actor);
        let effects = self.reach(World::Open, &open);
        let guarded = GUARDS.map(|world| {
            let ways = actors.ways(world, actor);
            let reached = self.reach(world, &ways);
            (world, ways, reached)
        });
        for (key, (holder, event)) in effects {
            let Some((_, act)) = self.act(event) else { continue };
            // Where one of several ways has no guard, that one is shown.
            let bare = guarded.iter().find_map(|(world, ways, reached)| {
                reached.get(&key).map(|(holder, event)| (*world, ways, *holder, *event))
            });
            let (world, ways, holder, event) = bare.unwrap_or((World::Open, &open, holder, event));
            let chain = chain(ways, holder);
            let guards = self.guards(&chain, holder, event, &key, &guarded);
            let standing = self.standing(entry, actor, &chain, holder, event, &guards);
            let guards = match standing {
                Standing::Application => Vec::new(),
                _ => guards,
            };
            let _ = world;
            self.acts.entry(key.clone()).or_insert(act);
            self.found.push(Found {
                entry,
                files: self.files(&chain, holder, event),
                standing,
                guards,
                hops: self.hops(&chain, event, &key.1),
                effect: key,
            });
        }
    }

    fn files(&self, chain: &[(Actor, &Event)], holder: Actor, event: &Event) -> Vec<FileId> {
        let mut out: Vec<FileId> = Vec::new();
        let mut add = |file: FileId| {
            if !out.contains(&file) {
                out.push(file);
            }
        };
        for (actor, start) in chain {
            // A file that carries a hundred entry points tells nothing of one way: its line is a hop.
            if let Actor::Program(file) = actor {
                add(*file);
                start.stack.iter().for_each(|place| add(place.file));
            }
        }
        let own = match holder {
            Actor::Entry(entry) => self.analysis.survey.entries[entry].file,
            Actor::Program(file) => file,
        };
        for file in trail(own, event) {
            add(file);
        }
        // A file that comes back is the one where it happens.
        out.retain(|file| *file != event.at.file);
        out.push(event.at.file);
        out
    }

    fn hops(&self, chain: &[(Actor, &Event)], event: &Event, label: &str) -> Vec<(Place, String)> {
        let mut out: Vec<(Place, String)> = Vec::new();
        let mut add = |at: Place, label: String| {
            if out.last().is_none_or(|last| last.0 != at) {
                out.push((at, label));
            }
        };
        for (_, start) in chain {
            start.stack.iter().for_each(|place| add(*place, "leads here".to_owned()));
            let what = match &start.kind {
                EventKind::Reach { file, .. } => format!("starts {}", self.analysis.sources().path(*file)),
                EventKind::StartsEntry { entry } => format!("starts {}", self.title(*entry)),
                _ => String::new(),
            };
            add(start.at, what);
        }
        event.stack.iter().for_each(|place| add(*place, "leads here".to_owned()));
        if out.last().is_some_and(|last| last.0 == event.at) {
            out.pop();
        }
        out.push((event.at, label.to_owned()));
        out
    }

    fn title(&self, entry: usize) -> &str {
        let held = self.analysis.survey.entries.get(entry).and_then(|e| e.handle.entry());
        held.map_or("", |entry| entry.title.as_str())
    }

    pub(super) fn spot(&mut self, at: Place) -> Spot {
        let (path, line, _) = self.position(at);
        Spot { path, line }
    }

    fn position(&mut self, at: Place) -> (String, usize, usize) {
        let file = self.analysis.sources().file(at.file);
        let text = file.text.as_deref().unwrap_or_default();
        let lines = self.lines.entry(at.file).or_insert_with(|| Lines::of(text));
        let (line, column) = lines.position(text, at.span.start);
        (file.path.clone(), line, column)
    }

    fn role(&self, file: FileId) -> Role {
        let scope = &self.analysis.scope;
        let kind = self.analysis.sources().file(file).kind;
        if scope.scripts.contains_key(&file) {
            Role::Script
        } else if scope.retired.contains(&file) {
            Role::Retired
        } else if scope.connections.contains(&file) {
            Role::Connection
        } else if scope.migrations.contains(&file) {
            Role::Migration
        } else if scope.application.contains(&file) {
            Role::Application
        } else if !kind.is_walked() && !matches!(kind, Kind::Foreign(_) | Kind::Sql) {
            Role::Carrier
        } else {
            Role::Undeclared
        }
    }

    /// Gives everything its name and its order.
    fn map(mut self, project: &str) -> Map {
        let mut found = std::mem::take(&mut self.found);
        let acts = std::mem::take(&mut self.acts);
        let sources = self.analysis.sources();
        let files: BTreeSet<FileId> = found.iter().flat_map(|f| f.files.iter().copied()).collect();
        let named: BTreeMap<FileId, String> =
            files.iter().enumerate().map(|(at, file)| (*file, format!("f{}", at + 1))).collect();
        let tables: BTreeSet<(Extent, String)> = acts
            .values()
            .flat_map(|act| {
                let unresolved = act.effects.is_empty().then(|| (Extent::Unknown, UNKNOWN.to_owned()));
                act.effects.iter().map(|effect| table(&effect.table)).chain(unresolved)
            })
            .collect();
        let table_names: BTreeMap<&(Extent, String), String> =
            tables.iter().enumerate().map(|(at, table)| (table, format!("t{}", at + 1))).collect();
        let table_id = |effect: &Table| table_names.get(&table(effect)).cloned().unwrap_or_default();
        let mut effect_names: BTreeMap<&Key, String> = BTreeMap::new();
        let mut effects = Vec::new();
        for (at, (key, act)) in acts.iter().enumerate() {
            let id = format!("x{}", at + 1);
            let (path, line, column) = self.position(key.0);
            let mut writes: Vec<Write> = act
                .effects
                .iter()
                .map(|effect| Write {
                    operation: effect.operation.name(),
                    table: table_id(&effect.table),
                    columns: match &effect.columns {
                        Columns::Listed(columns) => Some(columns.clone()),
                        Columns::Unknown | Columns::All => None,
                    },
                })
                .collect();
            if writes.is_empty() {
                let operation = Operation::RawSql.name();
                writes.push(Write { operation, table: table_id(&Table::Unknown), columns: None });
            }
            let file = named.get(&key.0.file).cloned().unwrap_or_default();
            effects.push(model::Effect {
                id: id.clone(),
                label: key.1.clone(),
                manner: act.manner,
                file,
                path,
                line,
                column,
                writes,
            });
            effect_names.insert(key, id);
        }
        let origins: BTreeSet<Origin> =
            found.iter().map(|f| f.entry).filter(|origin| *origin != Origin::Nobody).collect();
        let entry_names: BTreeMap<Origin, String> =
            origins.iter().enumerate().map(|(at, origin)| (*origin, format!("e{}", at + 1))).collect();
        let entries = origins.iter().map(|origin| self.entry(*origin, &entry_names)).collect();
        found.sort_by(|a, b| (a.entry, &a.effect).cmp(&(b.entry, &b.effect)));
        let paths = found
            .into_iter()
            .map(|f| Path {
                entry: entry_names.get(&f.entry).cloned(),
                files: f.files.iter().filter_map(|file| named.get(file).cloned()).collect(),
                effect: effect_names.get(&f.effect).cloned().unwrap_or_default(),
                standing: f.standing,
                guards: f.guards,
                hops: f
                    .hops
                    .into_iter()
                    .map(|(at, label)| {
                        let Spot { path, line } = self.spot(at);
                        Hop { path, line, label }
                    })
                    .collect(),
            })
            .collect();
        let files = named
            .iter()
            .map(|(file, id)| model::File {
                id: id.clone(),
                path: sources.path(*file).to_owned(),
                role: self.role(*file),
            })
            .collect();
        let tables = tables
            .iter()
            .enumerate()
            .map(|(at, (extent, name))| model::Table {
                id: format!("t{}", at + 1),
                name: name.clone(),
                extent: *extent,
            })
            .collect();
        let quarantine =
            self.analysis.scope.quarantined.iter().map(|file| sources.path(*file).to_owned()).collect();
        let contract = self.analysis.contract.is_some();
        Map { project: project.to_owned(), contract, entries, files, effects, tables, paths, quarantine }
    }

    fn entry(&mut self, origin: Origin, names: &BTreeMap<Origin, String>) -> model::Entry {
        let id = names.get(&origin).cloned().unwrap_or_default();
        let Origin::Entry(at) = origin else {
            let title = "started by hand".to_owned();
            return model::Entry { id, kind: "hand", title, path: String::new(), line: 0 };
        };
        let held = &self.analysis.survey.entries[at];
        let (kind, span) = held.handle.entry().map_or(("hand", Span::default()), |e| (kind(e.kind), e.span));
        let Spot { path, line } = self.spot(Place { file: held.file, span });
        model::Entry { id, kind, title: self.title(at).to_owned(), path, line }
    }
}

/// The files that a program goes through to one of its events.
fn trail(own: FileId, event: &Event) -> Vec<FileId> {
    let mut out = vec![own];
    for file in event.stack.iter().map(|place| place.file).chain([event.at.file]) {
        if out.last() != Some(&file) {
            out.push(file);
        }
    }
    out
}

const UNKNOWN: &str = "a table that only the run knows";

fn table(table: &Table) -> (Extent, String) {
    match table {
        Table::Named(name) => (Extent::Table, name.clone()),
        Table::Unknown => (Extent::Unknown, UNKNOWN.to_owned()),
        Table::None => (Extent::Database, "the whole database".to_owned()),
    }
}

fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::PackageScript => "package-script",
        EntryKind::Step => "step",
        EntryKind::MakeTarget => "make-target",
        EntryKind::Container => "container",
        EntryKind::Hook => "hook",
        EntryKind::Cron => "cron",
        EntryKind::Platform => "platform",
        EntryKind::Service => "service",
    }
}
