//! Finds where guards and effects of each declared script stand, plants there, and looks what is said.

use std::collections::BTreeSet;

use crate::check::analysis::Analysis;
use crate::check::prove::bench::{Bench, Subject};
use crate::check::prove::model::{Proof, Unproven};
use crate::check::prove::planting::{Before, told};
use crate::knowledge::plants::Class;
use crate::lang::plants::{self, Seat, Sites};
use crate::reach::eval::Walk;
use crate::reach::event::{Event, EventKind, How, World};
use crate::reach::value::Taint;
use crate::words::flow::{Dialect, Unit};
use crate::words::span::{FileId, Place, Span};

/// More starts of one script are planted around only here.
const MOST_STARTS: usize = 4;

pub(super) const NO_PLANTS: &str = "nothing is known that could be planted in a program of its language";

const UNREAD: &str = "it is not read as a program, so that no statement of it is known";

pub(super) struct Prover<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) bench: Bench<'a>,
    pub(super) proof: Proof,
    /// Places of shared files that were planted at already.
    done: BTreeSet<(FileId, Span, String)>,
    /// Jobs that deploy, and places that start scripts, planted around already.
    pub(super) deploys: BTreeSet<(FileId, Span)>,
    pub(super) starts: BTreeSet<Place>,
}

impl<'a> Prover<'a> {
    pub(super) fn of(analysis: &'a Analysis) -> Self {
        Self {
            analysis,
            bench: Bench::of(analysis),
            proof: Proof::default(),
            done: BTreeSet::new(),
            deploys: BTreeSet::new(),
            starts: BTreeSet::new(),
        }
    }

    pub(super) fn prove(mut self) -> Proof {
        let facts = self.analysis.facts();
        let inline: BTreeSet<FileId> = facts.inline_scripts().into_iter().map(|(file, _)| file).collect();
        for file in self.analysis.scope.scripts.keys() {
            let (protected, acts) = (self.is_protected(*file), facts.acts(*file));
            self.proof.scripts += usize::from(protected);
            if protected && acts {
                self.script(*file, inline.contains(file));
            } else {
                self.quiet(*file, protected);
            }
        }
        for at in 0..self.analysis.guards.len() {
            self.guard(at);
        }
        self.connections();
        self.retired();
        self.undeclared();
        self.migrations();
        self.around_commands();
        self.required_check();
        self.proof
    }

    fn is_protected(&self, file: FileId) -> bool {
        let facts = self.analysis.facts();
        let indices = facts.scope.scripts.get(&file);
        indices.into_iter().flatten().any(|at| {
            facts.contract.and_then(|c| c.scripts.get(*at)).is_some_and(|script| facts.is_protected(script))
        })
    }

    fn reads(&self, file: FileId) -> bool {
        let contract = self.analysis.contract.as_ref();
        let indices = self.analysis.scope.scripts.get(&file).into_iter().flatten();
        indices.filter_map(|at| contract?.scripts.get(*at)).any(|script| !script.reads.is_empty())
    }

    fn script(&mut self, file: FileId, inline: bool) {
        let subject = Subject::Script(file);
        let now = self.bench.as_is(subject);
        let own = now.findings.iter().find(|finding| finding.at.file == file);
        if let Some(finding) = own {
            let why = format!("`guard check` finds something in it already ({})", finding.rule);
            self.unproven(file, why);
            return;
        }
        let before = told(&now);
        let Some(walk) = self.analysis.survey.programs.get(&file) else { return };
        let Some(act) = first_act(self.analysis, walk) else {
            self.unproven(file, "nothing that it does was found");
            return;
        };
        if inline {
            for (world, class) in [(World::NoCi, Class::Ci), (World::WrongDatabase, Class::Fingerprint)] {
                let Some(walk) = now.worlds.get(&(file, world)) else { continue };
                let stop = walk.events.iter().find(|event| matches!(event.kind, EventKind::GuardStop));
                match stop {
                    Some(stop) => {
                        self.around_guard_of(file, (stop, act), class, walk, &before, subject);
                    }
                    None => self.without_a_stop(file, act, (world, class), walk, &before),
                }
            }
        }
        self.around_effect(file, act, &before);
        self.around_starts(file);
    }

    /// Every way around one guard of a script, or of a module that opens connections.
    fn around_guard_of(
        &mut self,
        script: FileId,
        (stop, act): (&Event, &Event),
        class: Class,
        walk: &Walk,
        before: &Before,
        subject: Subject,
    ) {
        let Some((guard, effect)) = parting(stop, act) else {
            self.unproven(
                script,
                format!("where its {} begins is not told apart from the effect", name(class)),
            );
            return;
        };
        let file = self.analysis.sources().file(guard.file);
        let Some(unit) = &file.lowered().unit else {
            self.unproven(guard.file, UNREAD);
            return;
        };
        let effect = effect.filter(|effect| effect.file == guard.file).map(|effect| effect.span);
        let Some(seat) = Seat::of(unit, guard.span, effect) else {
            self.unproven(script, format!("the statement of its {} was not found", name(class)));
            return;
        };
        if seat.one {
            let why = format!(
                "its {} and the effect are one statement, so that nothing can be planted between them",
                name(class)
            );
            self.unproven(script, why);
            return;
        }
        let throws = throws(self.analysis, stop.at);
        self.plant_around((script, guard.file), &seat, class, throws, (walk, before, subject));
    }

    /// A guard that ends the program without a statement that says so: it is the one without which the
    /// effect is reached.
    fn without_a_stop(
        &mut self,
        script: FileId,
        act: &Event,
        (world, class): (World, Class),
        walk: &Walk,
        before: &Before,
    ) {
        let file = self.analysis.sources().file(script);
        let (Some(text), Some(unit)) = (file.text.clone(), &file.lowered().unit) else {
            self.unproven(script, UNREAD);
            return;
        };
        let ways: Vec<Span> =
            act.stack.iter().chain([&act.at]).filter(|p| p.file == script).map(|p| p.span).collect();
        for way in ways {
            for statement in plants::statements_before(unit, way) {
                let Some(other) = plants::without(file.kind, &text, statement) else { continue };
                let said = self.bench.with(script, &other, Subject::Script(script));
                let reached =
                    said.worlds.get(&(script, world)).and_then(|walk| first_act(self.analysis, walk));
                if reached.is_none() {
                    continue;
                }
                if let Some(seat) = Seat::of(unit, statement, Some(way)) {
                    let subject = Subject::Script(script);
                    self.plant_around((script, script), &seat, class, false, (walk, before, subject));
                    return;
                }
            }
        }
        self.unproven(script, format!("its {} was not found", name(class)));
    }

    fn plant_around(
        &mut self,
        (script, place): (FileId, FileId),
        seat: &Seat,
        class: Class,
        throws: bool,
        (walk, before, subject): (&Walk, &Before, Subject),
    ) {
        let file = self.analysis.sources().file(place);
        let Some(text) = file.text.clone() else { return };
        if !self.done.insert((place, seat.guard, format!("{class:?}"))) {
            return;
        }
        // Of several checks only the first is known to be of this or that database.
        let mut url = checked_url(walk).filter(|_| !self.reads(script));
        if url.is_some() && matches!(subject, Subject::Connection(_)) {
            let path = self.path(script);
            self.left(&path, "of a module that hands out connections it is not told which database it opens");
            url = None;
        }
        let sites = Sites { seat: Some(seat), act: None, inside: None, throws, url: url.as_deref() };
        let planted = plants::plants(file.kind, &text, &sites, Some(class));
        let fit = self.proof.plants.len();
        for plant in planted {
            self.plant(script, place, &plant, subject, before);
        }
        if fit == self.proof.plants.len() {
            let why = format!("no plant fits around the statement of its {}", name(class));
            self.unproven(script, why);
        }
    }

    /// Every way to let a module of `[[connection]]` hand out what was not checked.
    fn connections(&mut self) {
        for file in &self.analysis.scope.connections {
            let subject = Subject::Connection(*file);
            let now = self.bench.as_is(subject);
            if let Some(finding) = now.findings.first() {
                let why = format!("`guard check` finds something in it already ({})", finding.rule);
                self.unproven(*file, why);
                continue;
            }
            let before = told(&now);
            let wrong = now.worlds.get(&(*file, World::WrongDatabase));
            let stop = wrong.and_then(|w| w.events.iter().find(|e| matches!(e.kind, EventKind::GuardStop)));
            let open = self.analysis.survey.programs.get(file);
            let opens = |event: &&Event| matches!(event.kind, EventKind::Opens | EventKind::Reads { .. });
            let act = open.and_then(|walk| walk.events.iter().find(opens));
            match (wrong, stop, act) {
                (Some(walk), Some(stop), Some(act)) => {
                    self.around_guard_of(*file, (stop, act), Class::Fingerprint, walk, &before, subject);
                }
                // It opens nothing, so that nothing has to come before.
                (_, _, None) => {}
                _ => self.unproven(*file, "where its fingerprint check stands was not found"),
            }
        }
    }

    /// Mutations that nobody declared, and failures that nobody sees.
    fn around_effect(&mut self, script: FileId, act: &Event, before: &Before) {
        let file = self.analysis.sources().file(script);
        let place = act.stack.iter().chain([&act.at]).rev().find(|place| place.file == script).copied();
        let unit = file.lowered().unit.as_ref();
        let (Some(text), Some(place)) = (file.text.clone(), place) else {
            self.unproven(script, "where it changes a database was not found in it");
            return;
        };
        // What is only searched for surfaces has no statements.
        let Some(span) = unit.and_then(|unit| plants::within(unit, place.span)) else {
            self.mutations(script, place.span.start as usize, Subject::Script(script), before);
            return;
        };
        let sites = Sites { act: Some(span), ..Sites::default() };
        let planted = plants::plants(file.kind, &text, &sites, None);
        if planted.is_empty() {
            self.unproven(script, NO_PLANTS);
        }
        for plant in planted {
            self.plant(script, script, &plant, Subject::Script(script), before);
        }
    }

    /// Around what starts a script: package scripts, steps, make targets.
    fn around_starts(&mut self, script: FileId) {
        let survey = &self.analysis.survey;
        let mut starts: Vec<(Place, bool, Dialect)> = Vec::new();
        for (entry, walk) in survey.entries.iter().zip(&survey.entry_walks) {
            let dialect = entry.handle.unit().map_or(Dialect::Other, |unit| unit.dialect);
            for event in &walk.events {
                let EventKind::Reach { file, how: How::Started { wrapped } } = &event.kind else { continue };
                let start = (event.at, wrapped.is_some() || event.wrapped.is_some(), dialect);
                if *file == script
                    && !starts.contains(&start)
                    && !self.analysis.scope.tests.contains(&event.at.file)
                {
                    starts.push(start);
                }
            }
        }
        for (place, wrapped, dialect) in starts.into_iter().take(MOST_STARTS) {
            let file = self.analysis.sources().file(place.file);
            let Some(text) = file.text.clone() else { continue };
            let subject = Subject::Carrier(place.file, Some(script));
            self.starts.insert(place);
            let before = told(&self.bench.as_is(subject));
            for plant in plants::around_start(file.kind, &text, place.span, wrapped, dialect) {
                self.plant(script, place.file, &plant, subject, &before);
            }
            self.around_deploy(subject, place.file, place);
        }
    }

    /// Plants inside of a function that the contract names as a guard.
    fn guard(&mut self, at: usize) {
        let Some(held) = self.analysis.guards.get(at) else { return };
        self.proof.guards += 1;
        let (Some(file), Some((_, span))) = (held.file, &held.walk) else {
            let why = "`[guards]` names it, and no function of that name was found".to_owned();
            self.proof.unproven.push(Unproven { script: held.name.clone(), why });
            return;
        };
        let source = self.analysis.sources().file(file);
        let (Some(text), Some(unit)) = (source.text.clone(), &source.lowered().unit) else {
            self.unproven(file, UNREAD);
            return;
        };
        let Some(first) = first_statement(unit, *span) else {
            self.unproven(
                file,
                format!("`{}` has no statement before which anything could be planted", held.name),
            );
            return;
        };
        let users = self.analysis.scope.scripts.keys();
        let user = users.copied().find(|script| self.analysis.survey.touched(*script).contains(&file));
        let subject = Subject::Guard(at, user);
        let now = self.bench.as_is(subject);
        if let Some(finding) = now.findings.iter().find(|finding| finding.at.file == file) {
            let why = format!("`guard check` finds something in it already ({})", finding.rule);
            self.unproven(file, why);
            return;
        }
        let before = told(&now);
        let sites = Sites { inside: Some(first), ..Sites::default() };
        for plant in plants::plants(source.kind, &text, &sites, None) {
            self.plant(file, file, &plant, subject, &before);
        }
    }
}

fn name(class: Class) -> &'static str {
    if class == Class::Fingerprint { "fingerprint check" } else { "CI check" }
}

/// The first thing that a program does to a database, itself or by starting what does.
pub(super) fn first_act<'w>(analysis: &Analysis, walk: &'w Walk) -> Option<&'w Event> {
    let facts = analysis.facts();
    walk.events.iter().filter(|event| !event.speculative).find(|event| match &event.kind {
        EventKind::Effect { effects, .. } => !effects.is_empty(),
        EventKind::Reach { file, how: How::Started { .. } } => {
            !facts.scope.scripts.contains_key(file) && facts.acts(*file)
        }
        _ => false,
    })
}

/// The places at which the ways to the guard's end and to the effect part, in one function.
fn parting(stop: &Event, act: &Event) -> Option<(Place, Option<Place>)> {
    let guard: Vec<Place> = stop.stack.iter().copied().chain([stop.at]).collect();
    let effect: Vec<Place> = act.stack.iter().copied().chain([act.at]).collect();
    let at = guard.iter().zip(&effect).position(|(a, b)| a != b)?;
    Some((*guard.get(at)?, effect.get(at).copied()))
}

/// A failure at this place is an exception.
fn throws(analysis: &Analysis, at: Place) -> bool {
    analysis.sources().file(at.file).lowered().unit.as_ref().is_some_and(|unit| plants::throws(unit, at.span))
}

/// The variable with the URL that the fingerprint check looks at, where it is one.
fn checked_url(walk: &Walk) -> Option<String> {
    walk.events.iter().find_map(|event| {
        let EventKind::Fingerprint { url, .. } = &event.kind else { return None };
        variable(url)
    })
}

fn variable(url: &Taint) -> Option<String> {
    let names = &url.sources()?.variables;
    if names.len() == 1 { names.first().cloned() } else { None }
}

fn first_statement(unit: &Unit, function: Span) -> Option<Span> {
    let held = unit.functions.iter().find(|held| held.span == function)?;
    held.body.iter().map(|node| node.span).find(|span| function.contains(*span) && *span != function)
}
