//! Rules on CI workflows: the check is really required, deploys wait for it and for each other,
//! and production's secrets stay where they belong.

pub mod checkout;
mod condition;
mod coverage;
pub mod exposed_secret;
pub mod missing_check;
pub mod overlapping_deploys;
mod secrets;
pub mod skippable_check;
pub mod ungated_deploy;
mod words;

use std::collections::BTreeMap;

use condition::Context;

use crate::contract::model::Contract;
use crate::words::finding::Finding;
use crate::words::pipeline::{Job, Pipeline, Step};
use crate::words::span::{FileId, Place, Span};

/// What a step really does, as the engine found out by following what it starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepFacts {
    /// It runs `guard check` over everything, and fails when that fails.
    pub runs_check: bool,
    /// It runs `guard check` with PATHS or `--staged`, which proves nothing.
    pub narrowed_check: bool,
    /// It changes, or may change, a database that is not known to be this job's own (a service
    /// container, a local file).
    pub mutates: bool,
}

/// One workflow file, or a composite action that workflows use.
pub struct Workflow<'a> {
    pub file: FileId,
    pub path: &'a str,
    pub pipeline: &'a Pipeline,
    /// The files that it is made of, where there are several, and from which offset on a span is one
    /// of theirs. Sorted.
    pub parts: Vec<(u32, FileId)>,
    /// By index of the job and of the step in it; a step that is not there does nothing.
    pub steps: BTreeMap<(usize, usize), StepFacts>,
    /// What a step does, before the check of its job, to what the check looks at.
    pub tampered: BTreeMap<(usize, usize), Vec<(Place, String)>>,
}

/// All that the workflow rules look at.
pub struct Facts<'a> {
    pub workflows: Vec<Workflow<'a>>,
    pub contract: Option<&'a Contract>,
    /// The repository's default branch, where it is known.
    pub default_branch: Option<&'a str>,
    /// Where a finding goes that no workflow can carry: the contract's first line.
    pub fallback: Place,
}

/// Every workflow rule, in the order of their names.
#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut out = exposed_secret::check(facts);
    out.extend(missing_check::check(facts));
    out.extend(overlapping_deploys::check(facts));
    out.extend(skippable_check::check(facts));
    out.extend(ungated_deploy::check(facts));
    out
}

/// Reusable workflows may use others; the provider allows four levels.
const MAX_CALLS: usize = 4;

impl<'a> Workflow<'a> {
    /// The place of a span of the pipeline.
    #[must_use]
    pub fn place(&self, span: Span) -> Place {
        let part = self.parts.partition_point(|(base, _)| *base <= span.start).checked_sub(1);
        match part.and_then(|at| self.parts.get(at)) {
            Some((base, file)) => {
                let end = span.end.max(span.start);
                Place { file: *file, span: Span { start: span.start - base, end: end - base } }
            }
            None => Place { file: self.file, span },
        }
    }

    fn facts(&self, job: usize, step: usize) -> StepFacts {
        self.steps.get(&(job, step)).copied().unwrap_or_default()
    }

    fn job(&self, id: &str) -> Option<(usize, &'a Job)> {
        self.pipeline.jobs.iter().enumerate().find(|(_, job)| job.id == id)
    }

    /// Branches that conditions name and on which a job may change a database.
    fn deploys_from(&self, facts: &Facts<'_>) -> Vec<String> {
        let branches = self.pipeline.branches.iter();
        let may = |branch: &&String| {
            let context = Context::event("push", branch);
            self.pipeline.jobs.iter().enumerate().any(|(at, job)| {
                facts.mutates(self, at, job)
                    && job.condition.as_ref().is_none_or(|c| condition::may_hold(&c.value, &context))
            })
        };
        branches.filter(may).cloned().collect()
    }

    /// It starts by itself, not only because another workflow uses it.
    fn starts(&self) -> bool {
        self.pipeline.triggers.iter().any(|trigger| trigger.event != "workflow_call")
    }
}

impl<'a> Facts<'a> {
    /// The workflow or action of this repository that a `uses` names.
    fn local(&self, uses: &str) -> Option<&Workflow<'a>> {
        let path = uses.trim().strip_prefix("./")?.trim_end_matches('/');
        self.workflows.iter().find(|workflow| {
            workflow.path == path
                || ["action.yml", "action.yaml"].iter().any(|name| {
                    workflow
                        .path
                        .strip_suffix(name)
                        .is_some_and(|folder| folder.trim_end_matches('/') == path)
                })
        })
    }

    /// Facts of a step, with those of a composite action of this repository that it uses.
    fn step(&self, workflow: &Workflow<'a>, job: usize, index: usize, step: &Step) -> StepFacts {
        self.step_within(workflow, job, index, step, MAX_CALLS)
    }

    fn step_within(
        &self,
        workflow: &Workflow<'a>,
        job: usize,
        index: usize,
        step: &Step,
        calls: usize,
    ) -> StepFacts {
        let mut facts = workflow.facts(job, index);
        if let Some(action) = step.uses.as_ref().and_then(|uses| self.local(&uses.value))
            && calls > 0
        {
            for (job, body) in action.pipeline.jobs.iter().enumerate() {
                for (index, step) in body.steps.iter().enumerate() {
                    let inner = self.step_within(action, job, index, step, calls - 1);
                    facts.mutates |= inner.mutates;
                    facts.narrowed_check |= inner.narrowed_check;
                    facts.runs_check |= inner.runs_check
                        && !coverage::tolerated(step.tolerated.as_ref())
                        && step.condition.is_none();
                }
            }
        }
        facts
    }

    /// The reusable workflow of this repository that a job is.
    fn called(&self, job: &Job) -> Option<&Workflow<'a>> {
        job.uses.as_ref().and_then(|uses| self.local(&uses.value))
    }

    /// The job changes a database, itself or through a reusable workflow of this repository.
    fn mutates(&self, workflow: &Workflow<'a>, index: usize, job: &Job) -> bool {
        self.mutates_within(workflow, index, job, MAX_CALLS)
    }

    fn mutates_within(&self, workflow: &Workflow<'a>, index: usize, job: &Job, calls: usize) -> bool {
        let own = job.steps.iter().enumerate().any(|(at, step)| self.step(workflow, index, at, step).mutates);
        own || (calls > 0
            && self.called(job).is_some_and(|callee| {
                callee
                    .pipeline
                    .jobs
                    .iter()
                    .enumerate()
                    .any(|(at, job)| self.mutates_within(callee, at, job, calls - 1))
            }))
    }

    /// Branches from which databases are changed: those that deploying workflows name, else the
    /// default branch.
    fn deploy_branches(&self) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for workflow in self.workflows.iter().filter(|w| w.starts()) {
            let deploys =
                workflow.pipeline.jobs.iter().enumerate().any(|(at, job)| self.mutates(workflow, at, job));
            if !deploys {
                continue;
            }
            out.extend(workflow.deploys_from(self));
            for trigger in workflow.pipeline.triggers.iter().filter(|t| t.event == "push") {
                let plain = trigger.branches.iter().filter(|b| !b.contains(['*', '?', '[', '!', '+']));
                out.extend(plain.cloned());
            }
        }
        if let Some(default) = self.default_branch {
            // A workflow that also runs on feature branches deploys from the default one.
            if out.iter().any(|branch| branch == default) || out.is_empty() {
                return vec![default.to_owned()];
            }
        }
        if let Some(main) = ["main", "master"].iter().find(|name| out.iter().any(|b| b == **name)) {
            return vec![(*main).to_owned()];
        }
        out.sort();
        out.dedup();
        out
    }
}

#[cfg(test)]
mod tests;
