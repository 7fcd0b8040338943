//! No workflow runs `guard check` on pull requests and on the deploy branch.

use super::coverage::{Event, candidates};
use super::{Facts, Workflow, words};
use crate::words::finding::Finding;
use crate::words::pipeline::Provider;
use crate::words::span::{Place, Span};

pub const ID: &str = "workflow/missing-check";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let on_pull = !candidates(facts, Event::PullRequest).is_empty();
    let on_push = !candidates(facts, Event::Push).is_empty();
    let provider = words::provider(facts);
    let requests = words::requests(provider);
    let (missing, help) = match (on_pull, on_push) {
        (true, true) => return Vec::new(),
        (false, false) => (
            format!("on {requests} and on pushes to the deploy branch"),
            "add a job with the step `run: guard check` to a workflow that starts on `pull_request` and on `push` to the deploy branch",
        ),
        (false, true) => (
            format!("on {requests}"),
            "let the workflow that runs `guard check` start on `pull_request`, too",
        ),
        (true, false) => (
            "on pushes to the deploy branch".to_owned(),
            "let the workflow that runs `guard check` start on `push` to the deploy branch, too",
        ),
    };
    let what = format!("no workflow runs `guard check` {missing}");
    let help = match provider {
        Provider::GitHub => help.to_owned(),
        _ => format!("let a job that runs `guard check`, and that may not fail, run {missing}"),
    };
    let narrowed = narrowed(facts);
    let why = if narrowed.is_some() {
        ": a call with paths or `--staged` sees only part of the repository"
    } else {
        ", so a change that opens the database would be merged unseen"
    };
    let at = narrowed.or_else(|| best(facts)).unwrap_or(facts.fallback);
    vec![Finding::new(ID, at, format!("{what}{why}"), help)]
}

/// A call that looks at only a part is the nearest thing to a check.
fn narrowed(facts: &Facts<'_>) -> Option<Place> {
    let workflows = facts.workflows.iter().filter(|w| w.starts());
    for workflow in workflows {
        for (index, job) in workflow.pipeline.jobs.iter().enumerate() {
            for (at, step) in job.steps.iter().enumerate() {
                let found = facts.step(workflow, index, at, step);
                if found.narrowed_check && !found.runs_check {
                    return Some(workflow.place(step.text_span));
                }
            }
        }
    }
    None
}

/// The workflow that should carry the check: the one that runs on most of what is asked for.
fn best(facts: &Facts<'_>) -> Option<Place> {
    let score = |workflow: &Workflow<'_>| {
        let has = |event: &str| workflow.pipeline.triggers.iter().any(|t| t.event == event && !t.tags_only);
        let checks = workflow.steps.values().any(|step| step.runs_check);
        (checks, usize::from(has("pull_request")) + usize::from(has("push")))
    };
    let mut best: Option<&Workflow<'_>> = None;
    for workflow in facts.workflows.iter().filter(|w| w.starts()) {
        if best.is_none_or(|have| score(workflow) > score(have)) {
            best = Some(workflow);
        }
    }
    let workflow = best?;
    let span = workflow.pipeline.triggers.iter().map(|t| t.span).min().unwrap_or(Span::default());
    Some(workflow.place(span))
}
