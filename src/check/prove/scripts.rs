//! Finds where guards and effects of each declared script stand, plants there, and looks what is said.

use std::collections::BTreeSet;

use crate::check::analysis::Analysis;
use crate::check::prove::bench::{Bench, Said, Subject, stopped_elsewhere};
use crate::check::prove::model::{Fate, Planted, Proof, Unproven};
use crate::knowledge::plants::Class;
use crate::lang::plants::{self, Plant, Seat, Sites};
use crate::reach::eval::Walk;
use crate::reach::event::{Event, EventKind, How, World};
use crate::reach::value::Taint;
use crate::words::flow::{Dialect, Unit};
use crate::words::span::{FileId, Lines, Place, Span};

/// More starts of one script are planted around only here.
const MOST_STARTS: usize = 4;

type Before = BTreeSet<(&'static str, FileId, String)>;

pub(super) struct Prover<'a> {
    analysis: &'a Analysis,
    bench: Bench<'a>,
    proof: Proof,
    /// Places of shared files that were planted at already.
    done: BTreeSet<(FileId, Span, String)>,
}

impl<'a> Prover<'a> {
    pub(super) fn of(analysis: &'a Analysis) -> Self {
        Self { analysis, bench: Bench::of(analysis), proof: Proof::default(), done: BTreeSet::new() }
    }

    pub(super) fn prove(mut self) -> Proof {
        let facts = self.analysis.facts();
        let inline: BTreeSet<FileId> = facts.inline_scripts().into_iter().map(|(file, _)| file).collect();
        for file in self.analysis.scope.scripts.keys() {
            if !self.is_protected(*file) || !facts.acts(*file) {
                continue;
            }
            self.proof.scripts += 1;
            self.script(*file, inline.contains(file));
        }
        for at in 0..self.analysis.guards.len() {
            self.guard(at);
        }
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

    fn path(&self, file: FileId) -> String {
        self.analysis.sources().path(file).to_owned()
    }

    fn unproven(&mut self, file: FileId, why: impl Into<String>) {
        let script = self.path(file);
        self.proof.unproven.push(Unproven { script, why: why.into() });
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
                    Some(stop) => self.around_guard(file, stop, act, class, walk, &before),
                    None => self.without_a_stop(file, act, (world, class), walk, &before),
                }
            }
        }
        self.around_effect(file, act, &before);
        self.around_starts(file);
    }

    /// Every way around one guard of a script.
    fn around_guard(
        &mut self,
        script: FileId,
        stop: &Event,
        act: &Event,
        class: Class,
        walk: &Walk,
        before: &Before,
    ) {
        let Some((guard, effect)) = parting(stop, act) else {
            self.unproven(
                script,
                format!("where its {} begins is not told apart from the effect", name(class)),
            );
            return;
        };
        let file = self.analysis.sources().file(guard.file);
        let Some(unit) = &file.lowered().unit else { return };
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
        self.plant_around((script, guard.file), &seat, class, throws(self.analysis, stop.at), walk, before);
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
        let (Some(text), Some(unit)) = (file.text.clone(), &file.lowered().unit) else { return };
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
                    self.plant_around((script, script), &seat, class, false, walk, before);
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
        walk: &Walk,
        before: &Before,
    ) {
        let file = self.analysis.sources().file(place);
        let Some(text) = file.text.clone() else { return };
        if !self.done.insert((place, seat.guard, format!("{class:?}"))) {
            return;
        }
        // Of several checks only the first is known to be of this or that database.
        let url = checked_url(walk).filter(|_| !self.reads(script));
        let sites = Sites { seat: Some(seat), act: None, inside: None, throws, url: url.as_deref() };
        let planted = plants::plants(file.kind, &text, &sites, Some(class));
        let fit = self.proof.plants.len();
        for plant in planted {
            self.plant(script, place, &plant, Subject::Script(script), before);
        }
        if fit == self.proof.plants.len() {
            let why = format!("no plant fits around the statement of its {}", name(class));
            self.unproven(script, why);
        }
    }

    /// Mutations that nobody declared, and failures that nobody sees.
    fn around_effect(&mut self, script: FileId, act: &Event, before: &Before) {
        let file = self.analysis.sources().file(script);
        let (Some(text), Some(unit)) = (file.text.clone(), &file.lowered().unit) else { return };
        let place = act.stack.iter().chain([&act.at]).rev().find(|place| place.file == script);
        let Some(place) = place else { return };
        let Some(span) = plants::within(unit, place.span) else { return };
        let sites = Sites { act: Some(span), ..Sites::default() };
        for plant in plants::plants(file.kind, &text, &sites, None) {
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
            let subject = Subject::Carrier(place.file, script);
            let before = told(&self.bench.as_is(subject));
            for plant in plants::around_start(file.kind, &text, place.span, wrapped, dialect) {
                self.plant(script, place.file, &plant, subject, &before);
            }
        }
    }

    /// Plants inside of a function that the contract names as a guard.
    fn guard(&mut self, at: usize) {
        let Some(held) = self.analysis.guards.get(at) else { return };
        let (Some(file), Some((_, span))) = (held.file, &held.walk) else { return };
        self.proof.guards += 1;
        let source = self.analysis.sources().file(file);
        let (Some(text), Some(unit)) = (source.text.clone(), &source.lowered().unit) else { return };
        let Some(first) = first_statement(unit, *span) else { return };
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

    fn plant(&mut self, script: FileId, file: FileId, plant: &Plant, subject: Subject, before: &Before) {
        let said = self.bench.with(file, &plant.text, subject);
        if said.broken {
            // Not a program any more: nobody could get around anything with it.
            self.proof.unfit += 1;
            return;
        }
        let said = said.without(before);
        let lines = Lines::of(&plant.text);
        let line = |offset: u32| lines.position(&plant.text, offset).0;
        let part = (line(plant.span.start), line(plant.span.end));
        let here = |place: Place| place.file == file && (part.0..=part.1).contains(&line(place.span.start));
        let caught = said.findings.iter().find(|finding| {
            let place = if plant.elsewhere {
                finding.at.file == file || finding.at.file == script || finding.at == self.policy_of(subject)
            } else {
                here(finding.at) || self.names_guard(subject, finding.at)
            };
            place && plant.expect.iter().any(|rule| rule == finding.rule)
        });
        let at_of = |place: Place| {
            if place.file == file {
                format!("{}:{}", self.path(file), line(place.span.start))
            } else {
                self.shown(place)
            }
        };
        let held = || {
            let world =
                if plant.guard == Some(Class::Fingerprint) { World::WrongDatabase } else { World::NoCi };
            let walk = said.worlds.get(&(script, world)).filter(|_| plant.takes_guard)?;
            let reached = first_act(self.analysis, walk).is_some();
            (!reached).then(|| stopped_elsewhere(walk, file, plant.span)).flatten()
        };
        let (fate, rule, at) = match caught {
            Some(finding) => (Fate::Caught, Some(finding.rule), Some(at_of(finding.at))),
            None => match held() {
                Some(place) => (Fate::Held, None, Some(at_of(place))),
                None => (Fate::Survived, None, None),
            },
        };
        let instead = if fate == Fate::Survived {
            said.findings.iter().map(|f| format!("{} at {}", f.rule, at_of(f.at))).collect()
        } else {
            Vec::new()
        };
        let planted = Planted {
            script: self.path(script),
            guard: plant.guard.map(|class| if class == Class::Fingerprint { "fingerprint" } else { "ci" }),
            kind: plant.kind,
            path: self.path(file),
            line: part.0,
            fate,
            rule,
            at,
            instead,
        };
        self.proof.plants.push(planted);
    }

    /// A guard that is none is told where the contract names it.
    fn names_guard(&self, subject: Subject, at: Place) -> bool {
        matches!(subject, Subject::Guard(..)) && at == self.policy_of(subject)
    }

    fn policy_of(&self, subject: Subject) -> Place {
        let held = match subject {
            Subject::Guard(at, _) => self.analysis.guards.get(at),
            _ => None,
        };
        held.map_or(Place { file: crate::check::history::GONE, span: Span::default() }, |guard| guard.at)
    }

    fn shown(&self, place: Place) -> String {
        let Some(file) = self.analysis.sources().files.get(place.file.index()) else { return String::new() };
        let text = file.text.as_deref().unwrap_or_default();
        format!("{}:{}", file.path, Lines::of(text).position(text, place.span.start).0)
    }
}

fn told(said: &Said) -> Before {
    said.findings.iter().map(|f| (f.rule, f.at.file, f.message.clone())).collect()
}

fn name(class: Class) -> &'static str {
    if class == Class::Fingerprint { "fingerprint check" } else { "CI check" }
}

/// The first thing that a program does to a database, itself or by starting what does.
fn first_act<'w>(analysis: &Analysis, walk: &'w Walk) -> Option<&'w Event> {
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
