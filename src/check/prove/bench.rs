//! The analysed project with another text in one file: only what that touches is walked again.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::analysis::Analysis;
use crate::check::history::GONE;
use crate::check::pipelines;
use crate::contract::model::Migrations;
use crate::reach::eval::{EntryRef, Walk, Walker};
use crate::reach::event::{EventKind, World};
use crate::reach::sources::{SourceFile, Sources};
use crate::reach::survey::{self, Survey};
use crate::rules::contract::destructive_migration;
use crate::rules::facts::{Facts, GuardWalk, Jobs};
use crate::rules::{bypass, contract, guard};
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};

pub(super) struct Bench<'a> {
    analysis: &'a Analysis,
    sources: Sources,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Script(FileId),
    /// An entry of `[guards]`, with a script that uses it.
    Guard(usize, Option<FileId>),
    /// A file that carries entry points, with a script that one of them starts.
    Carrier(FileId, Option<FileId>),
    /// A module of `[[connection]]`.
    Connection(FileId),
}

/// What the check says of it.
pub(super) struct Said {
    pub(super) findings: Vec<Finding>,
    /// The other text is not understood, and the file's own is.
    pub(super) broken: bool,
    /// The walks of the script in which a guard must hold.
    pub(super) worlds: BTreeMap<(FileId, World), Walk>,
}

impl<'a> Bench<'a> {
    pub(super) fn of(analysis: &'a Analysis) -> Self {
        Self { analysis, sources: analysis.sources().clone() }
    }

    /// What the check says with this text in the file.
    pub(super) fn with(&mut self, file: FileId, text: &str, subject: Subject) -> Said {
        let before = self.sources.overlay(file, text);
        let broken = is_broken(self.sources.file(file)) && !is_broken(&before);
        let said = self.judge(Some(file), subject);
        self.sources.restore(file, before);
        Said { broken, ..said }
    }

    /// What it says as everything is.
    pub(super) fn as_is(&self, subject: Subject) -> Said {
        self.judge(None, subject)
    }

    /// What the migrations are found to lose with this text in one of them.
    pub(super) fn replayed(&mut self, file: FileId, text: &str, migrations: &Migrations) -> Said {
        let before = self.sources.overlay(file, text);
        let (_, findings) =
            destructive_migration::replay(&self.sources, &self.analysis.scope, Some(migrations));
        self.sources.restore(file, before);
        Said { findings, broken: false, worlds: BTreeMap::new() }
    }

    fn judge(&self, changed: Option<FileId>, subject: Subject) -> Said {
        let analysis = self.analysis;
        let known = &analysis.survey;
        let quarantined = |file: FileId| analysis.scope.quarantined.contains(&file);
        let carrier = match subject {
            Subject::Carrier(file, _) => Some(file),
            _ => None,
        };
        // Entries have numbers by which walks name them, so that all of them are listed again.
        let listed: Option<Vec<EntryRef>> =
            carrier.map(|_| survey::entries(&self.sources, &analysis.scope.nested));
        let entries: &[EntryRef] = listed.as_deref().unwrap_or(&known.entries);
        let context = analysis.ground.context(&self.sources, entries, &quarantined);
        let script = match subject {
            Subject::Script(file) => Some(file),
            Subject::Carrier(_, script) | Subject::Guard(_, script) => script,
            Subject::Connection(_) => None,
        };
        let touches = |program: FileId| changed.is_some_and(|file| known.touched(program).contains(&file));
        let mut survey = Survey {
            entries: entries.to_vec(),
            entry_walks: Vec::new(),
            programs: BTreeMap::new(),
            started: BTreeMap::new(),
        };
        let mut queue: Vec<FileId> = script.into_iter().collect();
        while let Some(file) = queue.pop() {
            if survey.programs.contains_key(&file) || quarantined(file) {
                continue;
            }
            let walk = match known.programs.get(&file) {
                Some(walk) if !touches(file) && Some(file) != changed => walk.clone(),
                _ => Walker::new(&context, World::Open).next_program(file, true, false),
            };
            queue.extend(survey::starts(&walk));
            if let Some(started) = known.started.get(&file) {
                survey.started.insert(file, started.clone());
            }
            survey.programs.insert(file, walk);
        }
        survey.entry_walks = match carrier {
            Some(carrier) => self.entry_walks(&context, entries, &[Some(carrier), changed]),
            None => vec![Walk::default(); entries.len()],
        };
        let mut worlds = BTreeMap::new();
        if let Some(file) = script.filter(|_| carrier.is_none()) {
            for world in [World::NoCi, World::WrongDatabase, World::NoProof] {
                worlds.insert((file, world), Walker::new(&context, world).program(file, false));
            }
        }
        if let Subject::Connection(file) = subject {
            let walk = Walker::connection(&context, World::WrongDatabase, file);
            worlds.insert((file, World::WrongDatabase), walk);
        }
        let guards = self.guards(&context, subject);
        let facts = Facts {
            sources: &self.sources,
            survey: &survey,
            contract: analysis.contract.as_ref(),
            contract_file: analysis.contract_file,
            scope: &analysis.scope,
            names: &analysis.names,
            worlds: &worlds,
            guards: &guards,
            jobs: Jobs::default(),
        };
        let mut findings = match subject {
            Subject::Connection(_) => guard::unguarded_connection::check(&facts),
            _ => findings(&facts, carrier.is_some()),
        };
        findings.extend(changed.and_then(|file| bypass::hidden_text::of(&facts, file)));
        Said { findings, broken: false, worlds }
    }

    /// Walks of all entries: those of these files again, the others as they are known. A plant may add entries
    /// or take some away, so that a number that a walk holds is moved with the entry that it means.
    fn entry_walks(
        &self,
        context: &crate::reach::eval::Context<'_>,
        entries: &[EntryRef],
        again: &[Option<FileId>],
    ) -> Vec<Walk> {
        let known = &self.analysis.survey;
        let mut firsts: BTreeMap<FileId, usize> = BTreeMap::new();
        for (at, entry) in entries.iter().enumerate() {
            firsts.entry(entry.file).or_insert(at);
        }
        let mut before: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
        for (at, entry) in known.entries.iter().enumerate() {
            before.entry(entry.file).or_default().push(at);
        }
        // Where an entry of before is now; one of a file that is another now keeps its place in the file.
        let moved = |entry: usize| {
            let file = known.entries.get(entry)?.file;
            let inside = entry - before.get(&file)?.first()?;
            Some(firsts.get(&file)? + inside).filter(|at| entries.get(*at).is_some_and(|e| e.file == file))
        };
        let same = entries.len() == known.entries.len();
        let walk = |at: usize, entry: &EntryRef| {
            let held = before.get(&entry.file).and_then(|all| all.get(at - firsts.get(&entry.file)?));
            let held = held.and_then(|at| known.entry_walks.get(*at));
            let Some(held) = held.filter(|_| !again.contains(&Some(entry.file))) else {
                return Walker::new(context, World::Open).entry(entry);
            };
            let mut held = held.clone();
            if !same {
                for event in &mut held.events {
                    if let EventKind::StartsEntry { entry } = &mut event.kind
                        && let Some(to) = moved(*entry)
                    {
                        *entry = to;
                    }
                }
            }
            held
        };
        entries.iter().enumerate().map(|(at, entry)| walk(at, entry)).collect()
    }

    fn guards(&self, context: &crate::reach::eval::Context<'_>, subject: Subject) -> Vec<GuardWalk> {
        let Subject::Guard(at, _) = subject else { return Vec::new() };
        let Some(held) = self.analysis.guards.get(at) else { return Vec::new() };
        let world = if held.fingerprint { World::WrongDatabase } else { World::NoCi };
        let walk = held.file.and_then(|file| Walker::new(context, world).function(file, &held.name));
        let (at, file, name, fingerprint) = (held.at, held.file, held.name.clone(), held.fingerprint);
        vec![GuardWalk { at, file, name, fingerprint, walk }]
    }
}

impl Said {
    /// The same, without what was said before.
    pub(super) fn without(mut self, before: &BTreeSet<(&'static str, FileId, String)>) -> Self {
        self.findings.retain(|f| !before.contains(&(f.rule, f.at.file, f.message.clone())));
        self
    }
}

fn is_broken(file: &SourceFile) -> bool {
    let lowered = file.lowered();
    !lowered.problems.is_empty() || lowered.unit.as_ref().is_some_and(|unit| !unit.problems.is_empty())
}

/// The rules that judge what scripts, guards and entry points do.
fn findings(facts: &Facts<'_>, pipeline: bool) -> Vec<Finding> {
    let mut out = contract::grants::check(facts);
    out.extend(contract::undeclared_mutation::check(facts));
    out.extend(contract::unverifiable::check(facts));
    out.extend(contract::quarantine_reached::check(facts));
    out.extend(guard::inline::check(facts));
    out.extend(guard::not_a_guard::check(facts));
    out.extend(guard::unwrapped_entry::check(facts));
    out.extend(bypass::destructive_flag::check(facts));
    out.extend(bypass::forged_ci::check(facts));
    out.extend(bypass::hook_skip::check(facts));
    out.extend(bypass::masked_failure::check(facts));
    out.extend(contract::retired_runs::check(facts));
    if pipeline {
        out.extend(contract::out_of_order::check(facts));
        let top = Place { file: facts.contract_file.unwrap_or(GONE), span: Span::default() };
        out.extend(pipelines::findings(facts, top));
    }
    out
}

/// A guard stopped the program somewhere else than in this part of the file.
pub(super) fn stopped_elsewhere(walk: &Walk, file: FileId, part: Span) -> Option<Place> {
    let inside = |place: &Place| place.file == file && part.contains(place.span);
    walk.events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::GuardStop))
        .find(|event| !event.stack.iter().chain([&event.at]).any(inside))
        .map(|event| event.stack.iter().rev().find(|place| place.file == file).copied().unwrap_or(event.at))
}
