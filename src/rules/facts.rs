//! What the rules judge: the survey, the contract and what files are to it.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::contract::model::{Contract, Enforced, Script};
use crate::reach::eval::Walk;
use crate::reach::event::{Event, EventKind, World};
use crate::reach::sources::{Sources, UnitHandle};
use crate::reach::survey::Survey;
use crate::rules::names::Names;
use crate::rules::scope::ScopeIndex;
use crate::words::finding::Step;
use crate::words::span::{FileId, Place, Span};

pub struct Facts<'a> {
    pub sources: &'a Sources,
    pub survey: &'a Survey,
    pub contract: Option<&'a Contract>,
    pub contract_file: Option<FileId>,
    pub scope: &'a ScopeIndex,
    pub names: &'a Names,
    /// Programs walked in the worlds in which a guard must hold.
    pub worlds: &'a BTreeMap<(FileId, World), Walk>,
    /// Functions that the contract names as guards, walked alone.
    pub guards: &'a [GuardWalk],
    pub jobs: Jobs,
}

/// What the texts of jobs say, found once for all of their steps: by the file and where the job starts.
#[derive(Debug, Default)]
pub struct Jobs(Mutex<BTreeMap<(FileId, u32), JobText>>);

#[derive(Clone, Copy, Debug)]
pub struct JobText {
    /// Something in it leads to a database that is not the job's own.
    pub leaves: bool,
    /// A database is brought up for it.
    pub brings_up: bool,
    /// And nothing is handed to it that opens another.
    pub brings_its_own: bool,
}

impl Jobs {
    pub(super) fn of(&self, at: (FileId, u32), look: impl FnOnce() -> JobText) -> JobText {
        let known = self.0.lock().ok().and_then(|held| held.get(&at).copied());
        known.unwrap_or_else(|| {
            let found = look();
            if let Ok(mut held) = self.0.lock() {
                held.insert(at, found);
            }
            found
        })
    }
}

/// One entry of `[guards]`.
#[derive(Debug)]
pub struct GuardWalk {
    pub at: Place,
    pub file: Option<FileId>,
    pub name: String,
    pub fingerprint: bool,
    /// None: there is no such function.
    pub walk: Option<(Walk, Span)>,
}

impl Facts<'_> {
    /// A place in the contract.
    #[must_use]
    pub fn policy(&self, span: Span) -> Option<Place> {
        self.contract_file.map(|file| Place { file, span })
    }

    /// The place to change, for what happened in a program: the outermost place in the program's
    /// own file.
    #[must_use]
    pub fn place_in(&self, file: FileId, event: &Event) -> Place {
        if event.at.file == file {
            // Inside a function of the same file that was called: the statement itself.
            return event.at;
        }
        event.stack.iter().rev().find(|p| p.file == file).copied().unwrap_or(event.at)
    }

    /// The way from the outermost place to the event.
    #[must_use]
    pub fn trace(&self, event: &Event, last: &str) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for place in event.stack.iter() {
            if steps.last().is_some_and(|s| s.at == *place) {
                continue;
            }
            steps.push(Step { at: *place, label: "leads here".to_owned() });
        }
        if steps.is_empty() {
            return steps;
        }
        steps.push(Step { at: event.at, label: last.to_owned() });
        steps
    }

    /// What hides the event's failure is a setting of the entry's job: of a check there, the rules on workflows
    /// tell.
    #[must_use]
    pub fn is_set_aside(&self, entry: usize, event: &Event) -> bool {
        let said = self.survey.entries.get(entry).and_then(|held| {
            let UnitHandle::Step(lowered, job, _) = &held.handle else { return None };
            let said = lowered.pipeline.as_ref()?.jobs.get(*job)?.tolerated.as_ref()?;
            Some(Place { file: held.file, span: said.span })
        });
        said.is_some() && event.mask.map(|mask| mask.at) == said
    }

    #[must_use]
    pub fn is_protected(&self, script: &Script) -> bool {
        self.contract.is_some_and(|c| script.environments.iter().any(|e| c.is_protected(e)))
    }

    /// Declared scripts that carry their own guards for a protected environment.
    #[must_use]
    pub fn inline_scripts(&self) -> Vec<(FileId, &Script)> {
        let Some(contract) = self.contract else { return Vec::new() };
        let mut out = Vec::new();
        for (file, indices) in &self.scope.scripts {
            let found = indices
                .iter()
                .map(|at| &contract.scripts[*at])
                .find(|s| s.enforced == Enforced::Inline && self.is_protected(s));
            if let Some(script) = found {
                out.push((*file, script));
            }
        }
        out
    }

    /// The program does something to a database, itself or through what it starts.
    #[must_use]
    pub fn acts(&self, file: FileId) -> bool {
        self.does(file, |kind| matches!(kind, EventKind::Effect { .. } | EventKind::Unresolved { .. }))
    }

    /// The same, where it is known what it does.
    #[must_use]
    pub fn changes(&self, file: FileId) -> bool {
        self.does(file, |kind| matches!(kind, EventKind::Effect { .. }))
    }

    fn does(&self, file: FileId, what: fn(&EventKind) -> bool) -> bool {
        let Some(walk) = self.survey.programs.get(&file) else { return false };
        let direct = |w: &Walk| w.events.iter().any(|e| !e.speculative && what(&e.kind));
        direct(walk)
            || self
                .survey
                .closure(walk, &|f| self.scope.scripts.contains_key(&f))
                .iter()
                .any(|f| self.survey.programs.get(f).is_some_and(direct))
    }
}
