//! A job that changes a database, and does not wait for the check.

use super::condition::{self, Context};
use super::coverage::tolerated;
use super::{Facts, MAX_CALLS, Workflow};
use crate::words::finding::Finding;
use crate::words::pipeline::{Job, Step};
use crate::words::span::Span;

pub const ID: &str = "workflow/ungated-deploy";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for workflow in facts.workflows.iter().filter(|w| w.starts() && !w.pipeline.partial) {
        for (index, job) in workflow.pipeline.jobs.iter().enumerate() {
            if !ungated(facts, workflow, index, job, MAX_CALLS)
                || blocked(facts, workflow, job, 0)
                || after_checked_run(facts, workflow, job)
            {
                continue;
            }
            let (at, why) = reason(facts, workflow, job);
            out.push(Finding::new(
                ID,
                workflow.place(at),
                format!("job `{}` changes a database, {why}", job.id),
                "let the job need the job that runs `guard check`, without a condition that goes on after a failure",
            ));
        }
    }
    out
}

/// A step changes a database without a check before it in the same job. For a job that is a
/// reusable workflow: where the callee does not gate itself.
fn ungated(facts: &Facts<'_>, workflow: &Workflow<'_>, index: usize, job: &Job, calls: usize) -> bool {
    let failed = Context { success: Some(false), failure: Some(true), ..Context::default() };
    let mut checked = false;
    for (at, step) in job.steps.iter().enumerate() {
        let found = facts.step(workflow, index, at, step);
        if found.mutates {
            let stops = step
                .condition
                .as_ref()
                .is_none_or(|condition| condition::holds(&condition.value, &failed) == Some(false));
            // One step may do both: `guard check && npm run deploy`.
            let gated = stops && checked;
            let both = found.runs_check && counts(step);
            if !gated && !both {
                return true;
            }
        }
        checked |= found.runs_check && counts(step);
    }
    let Some(callee) = facts.called(job) else { return false };
    calls == 0
        || callee.pipeline.jobs.iter().enumerate().any(|(at, inner)| {
            ungated(facts, callee, at, inner, calls - 1) && !blocked(facts, callee, inner, 0)
        })
}

/// The step's check always runs and its failure fails the job.
fn counts(step: &Step) -> bool {
    !tolerated(step.tolerated.as_ref())
        && step.condition.as_ref().is_none_or(|c| {
            condition::holds(&c.value, &Context { success: Some(true), ..Context::default() }) == Some(true)
        })
}

/// The job fails when the check fails.
fn is_gate(facts: &Facts<'_>, workflow: &Workflow<'_>, job: &Job, calls: usize) -> bool {
    if tolerated(job.tolerated.as_ref()) {
        return false;
    }
    let Some((index, _)) = workflow.job(&job.id) else { return false };
    let own = job
        .steps
        .iter()
        .enumerate()
        .any(|(at, step)| facts.step(workflow, index, at, step).runs_check && counts(step));
    own || (calls > 0
        && facts.called(job).is_some_and(|callee| {
            callee
                .pipeline
                .jobs
                .iter()
                .any(|inner| inner.condition.is_none() && is_gate(facts, callee, inner, calls - 1))
        }))
}

/// Whenever the one job runs, the other is part of the run, too.
fn runs_with(facts: &Facts<'_>, other: &Job, job: &Job) -> bool {
    let branches = facts.deploy_branches();
    let branch = branches.first().map_or("main", String::as_str);
    ["pull_request", "branch", "push"].iter().all(|event| {
        let context = Context::event(event, branch).with("ci.manual", "1");
        let runs =
            |job: &Job| job.condition.as_ref().map_or(Some(true), |c| condition::holds(&c.value, &context));
        runs(job) == Some(false) || runs(other) != Some(false)
    })
}

/// The job does not run when the check failed.
fn blocked(facts: &Facts<'_>, workflow: &Workflow<'_>, job: &Job, depth: usize) -> bool {
    if depth > 16 {
        return false;
    }
    let mut context = Context { success: Some(false), failure: Some(true), ..Context::default() };
    let mut any = false;
    for need in &job.needs {
        let Some((_, other)) = workflow.job(need) else { continue };
        if job.runs_without && !runs_with(facts, other, job) {
            continue;
        }
        if is_gate(facts, workflow, other, MAX_CALLS) {
            if goes_on_without(facts, need, other, job) {
                continue;
            }
            context = context.with(&format!("needs.{need}.result"), "failure");
            any = true;
        } else if blocked(facts, workflow, other, depth + 1) {
            context = context.with(&format!("needs.{need}.result"), "skipped");
            any = true;
        }
    }
    any && job.condition.as_ref().is_none_or(|c| condition::holds(&c.value, &context) == Some(false))
}

/// The check's job may be left out of a run by its own condition, and the other runs all the same.
fn goes_on_without(facts: &Facts<'_>, need: &str, other: &Job, job: &Job) -> bool {
    let (Some(gate), Some(own)) = (&other.condition, &job.condition) else { return false };
    let branches = facts.deploy_branches();
    let branch = branches.first().map_or("main", String::as_str);
    ["pull_request", "push", "workflow_dispatch"].iter().any(|event| {
        let context = Context::event(event, branch);
        if condition::holds(&gate.value, &context) == Some(true) {
            return false;
        }
        // After a job that was skipped, neither `success()` nor `failure()` holds.
        let skipped = Context { success: Some(false), failure: Some(false), ..context };
        let skipped = skipped.with(&format!("needs.{need}.result"), "skipped");
        condition::holds(&own.value, &skipped) != Some(false) && own.value.trim() != gate.value.trim()
    })
}

/// The workflow starts only when another one has ended that holds the check, and asks whether
/// that one succeeded.
fn after_checked_run(facts: &Facts<'_>, workflow: &Workflow<'_>, job: &Job) -> bool {
    let mut triggers = workflow.pipeline.triggers.iter().filter(|t| t.event != "workflow_call");
    let all = triggers.all(|trigger| {
        trigger.event == "workflow_run"
            && !trigger.workflows.is_empty()
            && trigger.workflows.iter().all(|name| {
                facts.workflows.iter().any(|other| {
                    let named = other.pipeline.name == *name || other.path == name;
                    named && other.pipeline.jobs.iter().any(|job| is_gate(facts, other, job, MAX_CALLS))
                })
            })
    });
    all && asks_for_success(workflow, job, 0)
}

fn asks_for_success(workflow: &Workflow<'_>, job: &Job, depth: usize) -> bool {
    let context = Context { success: Some(true), failure: Some(false), ..Context::default() }
        .with("github.event.workflow_run.conclusion", "failure");
    let own = job.condition.as_ref().is_some_and(|c| condition::holds(&c.value, &context) == Some(false));
    own || (depth < 16
        && job.needs.iter().any(|need| {
            workflow.job(need).is_some_and(|(_, other)| asks_for_success(workflow, other, depth + 1))
        }))
}

fn reason(facts: &Facts<'_>, workflow: &Workflow<'_>, job: &Job) -> (Span, String) {
    let needed: Vec<(usize, &Job)> = job.needs.iter().filter_map(|need| workflow.job(need)).collect();
    let needs_gate = needed
        .iter()
        .any(|(_, other)| is_gate(facts, workflow, other, MAX_CALLS) || blocked(facts, workflow, other, 0));
    if needs_gate && job.runs_without && needed.iter().any(|(_, other)| !runs_with(facts, other, job)) {
        let span = job.condition.as_ref().map_or(job.id_span, |condition| condition.span);
        return (span, "and runs where the job with `guard check` is not part of the pipeline".to_owned());
    }
    if let (true, Some(condition)) = (needs_gate, &job.condition) {
        return (condition.span, "and its `if` lets it run although the check did not succeed".to_owned());
    }
    if workflow.pipeline.triggers.iter().any(|trigger| trigger.event == "workflow_run") {
        let why = "and does not ask whether the workflow that started it holds the check and succeeded";
        return (job.id_span, why.to_owned());
    }
    let checks = |index: usize, job: &Job| {
        job.steps.iter().enumerate().any(|(at, step)| facts.step(workflow, index, at, step).runs_check)
    };
    if needed.iter().any(|(index, other)| checks(*index, other)) {
        return (job.id_span, "and the job with `guard check` that it needs may fail unseen".to_owned());
    }
    if workflow.job(&job.id).is_some_and(|(index, job)| checks(index, job)) {
        return (job.id_span, "and its own `guard check` does not always stop it before that".to_owned());
    }
    (job.id_span, "and does not need a job that runs `guard check`".to_owned())
}
