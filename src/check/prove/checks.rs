//! Plants around the required check, around what a deploy waits for, and around commands of guard itself:
//! what starts them is a pipeline, a hook, a package script.

use std::collections::BTreeSet;

use crate::check::prove::bench::Subject;
use crate::check::prove::model::Fate;
use crate::check::prove::planting::told;
use crate::check::prove::scripts::Prover;
use crate::knowledge::command::Gate;
use crate::lang::plants::{self, Plant};
use crate::reach::event::{Event, EventKind};
use crate::reach::sources::UnitHandle;
use crate::rules::bypass::masked_failure;
use crate::rules::workflow::{missing_check, skippable_check};
use crate::words::flow::Dialect;
use crate::words::pipeline::{Job, Provider};
use crate::words::span::{FileId, Place};

/// More places that run the check, or a command of guard, are planted around only here.
const MOST_PLACES: usize = 6;

/// A step that runs the check.
struct Required {
    /// The pipeline.
    file: FileId,
    /// The words `guard check …`, wherever they stand.
    command: Place,
    /// What of the step leads there.
    in_step: Place,
    provider: Provider,
    job: Job,
}

impl Prover<'_> {
    /// Every way to weaken the check that is required.
    pub(super) fn required_check(&mut self) {
        let found = self.required();
        let Some(first) = found.first() else {
            let why = "no pipeline runs `guard check`, so that there is no required check to weaken: `guard check` says so";
            self.left("the required check", why);
            return;
        };
        let now = self.bench.as_is(Subject::Carrier(first.file, None));
        let red = now.findings.iter().find(|f| matches!(f.rule, missing_check::ID | skippable_check::ID));
        if let Some(finding) = red {
            let why = format!("`guard check` finds that it can be skipped already ({})", finding.rule);
            let path = self.path(first.file);
            self.left(&path, &why);
            return;
        }
        for each in found.into_iter().take(MOST_PLACES) {
            self.around_check(&each);
        }
    }

    fn required(&self) -> Vec<Required> {
        let survey = &self.analysis.survey;
        let mut out: Vec<Required> = Vec::new();
        for (entry, walk) in survey.entries.iter().zip(&survey.entry_walks) {
            let UnitHandle::Step(lowered, job, _) = &entry.handle else { continue };
            let Some(pipeline) = &lowered.pipeline else { continue };
            if pipeline.partial || self.analysis.scope.tests.contains(&entry.file) {
                continue;
            }
            let Some(job) = pipeline.jobs.get(*job) else { continue };
            let mut places = Vec::new();
            self.checks(&walk.events, None, &mut BTreeSet::new(), &mut places);
            for (command, in_step) in places {
                if in_step.file == entry.file && !out.iter().any(|held| held.in_step == in_step) {
                    let (file, provider) = (entry.file, pipeline.provider);
                    out.push(Required { file, command, in_step, provider, job: job.clone() });
                }
            }
        }
        out
    }

    /// Where a walk, or an entry that it starts, runs the whole check; with the place in the first one.
    fn checks(
        &self,
        events: &[Event],
        outer: Option<Place>,
        seen: &mut BTreeSet<usize>,
        out: &mut Vec<(Place, Place)>,
    ) {
        for event in events.iter().filter(|event| !event.speculative) {
            let first = event.stack.first().copied().unwrap_or(event.at);
            match &event.kind {
                EventKind::Ran { meaning, .. } if meaning.gate == Some(Gate::Check { narrowed: false }) => {
                    out.push((event.at, outer.unwrap_or(first)));
                }
                EventKind::StartsEntry { entry } if seen.insert(*entry) => {
                    if let Some(walk) = self.analysis.survey.entry_walks.get(*entry) {
                        self.checks(&walk.events, outer.or(Some(first)), seen, out);
                    }
                }
                _ => {}
            }
        }
    }

    fn around_check(&mut self, required: &Required) {
        let subject = Subject::Carrier(required.file, None);
        let before = told(&self.bench.as_is(subject));
        let (from, place) = (self.proof.plants.len(), required.command);
        let file = self.analysis.sources().file(place.file);
        if let Some(text) = file.text.clone() {
            for plant in plants::around_check(&text, place.span) {
                self.plant(required.file, place.file, &plant, subject, &before);
            }
        }
        let file = self.analysis.sources().file(required.file);
        if let Some(text) = file.text.clone() {
            for plant in plants::around_job(required.provider, &text, required.in_step.span, &required.job) {
                self.plant(required.file, required.file, &plant, subject, &before);
            }
        }
        self.stands_elsewhere(from);
        if from == self.proof.plants.len() {
            self.unproven(required.file, "no plant fits around its `guard check`");
        }
    }

    /// Where nothing is said although the check itself is gone, another one counts: nothing got open.
    fn stands_elsewhere(&mut self, from: usize) {
        let planted = self.proof.plants.get_mut(from..).unwrap_or_default();
        let gone = planted.iter().any(|p| p.kind == plants::CHECK_REMOVED && p.fate == Fate::Survived);
        if gone {
            for plant in planted.iter_mut().filter(|plant| plant.fate == Fate::Survived) {
                plant.fate = Fate::Held;
                plant.instead.clear();
            }
        }
    }

    /// Around a job that starts a script or a command of guard: what it waits for.
    pub(super) fn around_deploy(&mut self, subject: Subject, file: FileId, place: Place) {
        let survey = &self.analysis.survey;
        let mut found = None;
        for entry in survey.entries.iter().filter(|entry| entry.file == file) {
            let UnitHandle::Step(lowered, job, step) = &entry.handle else { continue };
            let Some(pipeline) = &lowered.pipeline else { continue };
            let Some(held) = pipeline.jobs.get(*job) else { continue };
            let here = held.steps.get(*step).is_some_and(|step| step.text_span.contains(place.span));
            if here && !pipeline.reusable && !pipeline.partial {
                found = Some((pipeline.provider, held.clone()));
            }
        }
        let Some((provider, job)) = found else { return };
        // What does not need another job checks for itself, and is no place for these.
        if job.needs.is_empty() || !self.deploys.insert((file, job.id_span)) {
            return;
        }
        let Some(text) = self.analysis.sources().file(file).text.clone() else { return };
        let said = self.bench.as_is(subject);
        if said.findings.iter().any(|f| f.at.file == file && f.rule.starts_with("workflow/")) {
            let path = self.path(file);
            self.left(&path, "`guard check` finds something in its jobs already");
            return;
        }
        let before = told(&said);
        for plant in plants::around_deploy(provider, &text, place.span, &job) {
            self.plant(file, file, &plant, subject, &before);
        }
    }

    /// Around `guard migrate`, `guard deploy` and what they wrap, where no declared script is started.
    pub(super) fn around_commands(&mut self) {
        let survey = &self.analysis.survey;
        let mut found: Vec<(Place, bool, Dialect)> = Vec::new();
        let mut hooks: Vec<Place> = Vec::new();
        for (entry, walk) in survey.entries.iter().zip(&survey.entry_walks) {
            let dialect = entry.handle.unit().map_or(Dialect::Other, |unit| unit.dialect);
            let step = matches!(entry.handle, UnitHandle::Step(..));
            for event in &walk.events {
                let EventKind::Ran { meaning, .. } = &event.kind else { continue };
                if event.at.file != entry.file || self.analysis.scope.tests.contains(&entry.file) {
                    continue;
                }
                match meaning.gate {
                    Some(Gate::Own | Gate::Wraps { run: false, .. }) => {
                        let wraps = matches!(meaning.gate, Some(Gate::Wraps { .. }));
                        found.push((event.at, wraps, dialect));
                    }
                    Some(Gate::Check { .. }) if !step && !hooks.contains(&event.at) => hooks.push(event.at),
                    _ => {}
                }
            }
        }
        found.retain(|(place, ..)| !self.starts.contains(place));
        for (place, wrapped, dialect) in found.into_iter().take(MOST_PLACES) {
            let file = self.analysis.sources().file(place.file);
            let Some(text) = file.text.clone() else { continue };
            let subject = Subject::Carrier(place.file, None);
            let before = told(&self.bench.as_is(subject));
            for plant in plants::around_start(file.kind, &text, place.span, wrapped, dialect) {
                self.plant(place.file, place.file, &plant, subject, &before);
            }
            self.around_deploy(subject, place.file, place);
        }
        for place in hooks.into_iter().take(MOST_PLACES) {
            self.around_hook(place);
        }
    }

    /// A check that a hook or a package script runs is not the required one; that it fails unseen is found.
    fn around_hook(&mut self, place: Place) {
        let Some(text) = self.analysis.sources().file(place.file).text.clone() else { return };
        let subject = Subject::Carrier(place.file, None);
        let before = told(&self.bench.as_is(subject));
        let hides = |plant: &Plant| plant.expects_only(masked_failure::ID);
        for plant in plants::around_check(&text, place.span).iter().filter(|plant| hides(plant)) {
            self.plant(place.file, place.file, plant, subject, &before);
        }
    }
}
