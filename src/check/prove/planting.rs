//! One plant: what the check says of the text with it, and whether it says so at its place.

use std::collections::BTreeSet;

use crate::check::prove::bench::{Said, Subject, stopped_elsewhere};
use crate::check::prove::model::{Fate, Planted, Unproven};
use crate::check::prove::scripts::{Prover, first_act};
use crate::knowledge::plants::Class;
use crate::lang::plants::Plant;
use crate::reach::event::{EventKind, World};
use crate::rules::guard::unguarded_connection;
use crate::rules::workflow::missing_check;
use crate::words::span::{FileId, Lines, Place, Span};

/// What is said without the plant.
pub(super) type Before = BTreeSet<(&'static str, FileId, String)>;

impl Prover<'_> {
    pub(super) fn path(&self, file: FileId) -> String {
        self.analysis.sources().path(file).to_owned()
    }

    pub(super) fn unproven(&mut self, file: FileId, why: impl Into<String>) {
        let script = self.path(file);
        self.proof.unproven.push(Unproven { script, why: why.into() });
    }

    /// Nothing is planted here, since the check is red because of it already.
    pub(super) fn left(&mut self, what: &str, why: &str) {
        if !self.proof.left.iter().any(|held| held.script == what && held.why == why) {
            self.proof.left.push(Unproven { script: what.to_owned(), why: why.to_owned() });
        }
    }

    pub(super) fn plant(
        &mut self,
        script: FileId,
        file: FileId,
        plant: &Plant,
        subject: Subject,
        before: &Before,
    ) {
        let said = self.bench.with(file, &plant.text, subject);
        if said.broken {
            // Not a program any more: nobody could get around anything with it.
            self.proof.unfit += 1;
            return;
        }
        let stops = plant.still && self.stops(script, plant, &said);
        self.record(script, file, plant, subject, &said.without(before));
        let survived = self.proof.plants.last().is_some_and(|planted| planted.fate == Fate::Survived);
        if survived && stops {
            self.proof.plants.pop();
            self.proof.unfit += 1;
            return;
        }
        let red = before.iter().find(|(rule, at, _)| *at == file && plant.expects(rule));
        if let (true, Some((rule, ..))) = (survived, red) {
            self.proof.plants.pop();
            let path = self.path(file);
            self.left(&path, &format!("`guard check` finds something of that kind in it already ({rule})"));
        }
    }

    /// The guard still ends the program, and nothing is reached before.
    fn stops(&self, script: FileId, plant: &Plant, said: &Said) -> bool {
        let world = if plant.guard == Some(Class::Fingerprint) { World::WrongDatabase } else { World::NoCi };
        said.worlds.get(&(script, world)).is_some_and(|walk| {
            let stops = walk.events.iter().any(|event| matches!(event.kind, EventKind::GuardStop));
            let opens = walk.events.iter().any(|event| matches!(event.kind, EventKind::Opens));
            stops && !opens && first_act(self.analysis, walk).is_none()
        })
    }

    /// What became of a plant, by what is said of it and was not said before.
    pub(super) fn record(
        &mut self,
        script: FileId,
        file: FileId,
        plant: &Plant,
        subject: Subject,
        said: &Said,
    ) {
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
            let gone = finding.rule == missing_check::ID;
            let module =
                matches!(subject, Subject::Connection(_)) && finding.rule == unguarded_connection::ID;
            (place || gone || module) && (module || plant.expects(finding.rule))
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

    pub(super) fn policy_of(&self, subject: Subject) -> Place {
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

pub(super) fn told(said: &Said) -> Before {
    said.findings.iter().map(|f| (f.rule, f.at.file, f.message.clone())).collect()
}
