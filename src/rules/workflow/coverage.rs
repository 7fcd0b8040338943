//! On which events the check runs, and what could keep it from running or from counting.

use super::condition::{self, Context};
use super::{Facts, MAX_CALLS, Workflow, checkout, words};
use crate::words::pipeline::{Job, Provider, Setting, Trigger};
use crate::words::span::{Place, Span};

/// The two events on which the check must run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    PullRequest,
    Push,
}

/// One place that runs the check on an event.
pub(super) struct Candidate {
    /// Why it may be skipped or may fail unseen; empty where it always counts.
    pub(super) doubts: Vec<Doubt>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Doubt {
    pub(super) at: Place,
    pub(super) why: String,
}

pub(super) fn tolerated(setting: Option<&Setting>) -> bool {
    setting.is_some_and(|s| !matches!(s.value.trim(), "" | "false" | "${{ false }}"))
}

/// Every place that runs the check on this event.
pub(super) fn candidates(facts: &Facts<'_>, event: Event) -> Vec<Candidate> {
    let branches = facts.deploy_branches();
    let mut out = Vec::new();
    for workflow in facts.workflows.iter().filter(|w| w.starts() && !w.pipeline.partial) {
        for trigger in &workflow.pipeline.triggers {
            if let Some(doubts) = triggered(workflow, trigger, event, &branches) {
                let branch = branches.first().map_or("main", String::as_str);
                let name = if event == Event::Push { "push" } else { &trigger.event };
                let asked = Asked { context: Context::event(name, branch), event: name, branches: &branches };
                jobs(facts, workflow, &asked, &doubts, MAX_CALLS, &mut out);
            }
        }
    }
    out
}

/// Whether a trigger answers the event, and the doubts that its filters leave.
fn triggered(
    workflow: &Workflow<'_>,
    trigger: &Trigger,
    event: Event,
    branches: &[String],
) -> Option<Vec<Doubt>> {
    let answers = match event {
        Event::PullRequest => {
            matches!(trigger.event.as_str(), "pull_request" | "pull_request_target" | "branch")
        }
        Event::Push => trigger.event == "push" && !trigger.tags_only,
    };
    if !answers || !covers(trigger, branches) {
        return None;
    }
    let mut doubts = Vec::new();
    if let Some(paths) = trigger.paths {
        doubts.push(Doubt {
            at: workflow.place(paths),
            why: format!("`{}` starts it only when certain paths change", trigger.event),
        });
    }
    if event == Event::PullRequest && !trigger.types.is_empty() {
        for needed in ["opened", "synchronize"] {
            if !trigger.types.iter().any(|have| have == needed) {
                doubts.push(Doubt {
                    at: workflow.place(trigger.span),
                    why: format!("`types` leaves out `{needed}`, so that some commits are never checked"),
                });
                break;
            }
        }
    }
    Some(doubts)
}

/// The trigger's branch filters let the branches through from which databases are changed.
fn covers(trigger: &Trigger, branches: &[String]) -> bool {
    let passes = |branch: &str| {
        let mut matched = trigger.branches.is_empty();
        for pattern in &trigger.branches {
            match pattern.strip_prefix('!') {
                Some(not) if matches(not, branch) => matched = false,
                None if matches(pattern, branch) => matched = true,
                _ => {}
            }
        }
        matched && !trigger.branches_ignore.iter().any(|pattern| matches(pattern, branch))
    };
    if branches.is_empty() {
        // Nobody says which branch is the default one; a filter that names any other than the
        // usual two may mean just that branch.
        if trigger.branches.is_empty() {
            return passes("main") && passes("master");
        }
        return passes("main")
            || passes("master")
            || trigger.branches.iter().any(|b| !b.starts_with('!') && !b.contains('/'));
    }
    branches.iter().all(|branch| passes(branch))
}

/// `*` stops at a slash, `**` does not.
fn matches(pattern: &str, text: &str) -> bool {
    fn go(pattern: &[u8], text: &[u8], budget: &mut usize) -> bool {
        if *budget == 0 {
            return false;
        }
        *budget -= 1;
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => {
                let (rest, crosses) = match rest.strip_prefix(b"*") {
                    Some(rest) => (rest, true),
                    None => (rest, false),
                };
                (0..=text.len()).any(|taken| {
                    let (skipped, left) = text.split_at(taken);
                    (crosses || !skipped.contains(&b'/')) && go(rest, left, budget)
                })
            }
            Some((first, rest)) => {
                text.split_first().is_some_and(|(c, left)| c == first && go(rest, left, budget))
            }
        }
    }
    go(pattern.as_bytes(), text.as_bytes(), &mut 10_000)
}

/// The event for which a place is sought that runs the check.
struct Asked<'a> {
    context: Context,
    event: &'a str,
    branches: &'a [String],
}

fn jobs(
    facts: &Facts<'_>,
    workflow: &Workflow<'_>,
    asked: &Asked<'_>,
    doubts: &[Doubt],
    calls: usize,
    out: &mut Vec<Candidate>,
) {
    let context = &asked.context;
    for (index, job) in workflow.pipeline.jobs.iter().enumerate() {
        // Elsewhere than on GitHub, conditions choose the events: a job that is ruled out is not there.
        if workflow.pipeline.provider != Provider::GitHub
            && job.condition.as_ref().is_some_and(|c| !condition::may_hold(&c.value, context))
        {
            continue;
        }
        let mut of_job = doubts.to_vec();
        of_job.extend(job_doubts(workflow, job, context, 0));
        for (at, step) in job.steps.iter().enumerate() {
            if !facts.step(workflow, index, at, step).runs_check {
                continue;
            }
            let mut all = of_job.clone();
            all.extend(checkout::doubts(workflow, job, at, asked.event, asked.branches));
            for before in 0..=at {
                let tampered = workflow.tampered.get(&(index, before)).into_iter().flatten();
                all.extend(tampered.map(|(at, why)| Doubt { at: *at, why: why.clone() }));
            }
            if let Some(condition) = &step.condition
                && condition::holds(&condition.value, context) != Some(true)
            {
                all.push(doubt(
                    workflow,
                    condition.span,
                    "the step that runs it has an `if` that may not hold",
                ));
            }
            if tolerated(step.tolerated.as_ref()) {
                let span = step.tolerated.as_ref().map_or(step.span, |t| t.span);
                all.push(doubt(workflow, span, "`continue-on-error` lets the step fail unseen"));
            }
            out.push(Candidate { doubts: all });
        }
        if calls > 0
            && let Some(callee) = facts.called(job)
        {
            jobs(facts, callee, asked, &of_job, calls - 1, out);
        }
    }
}

fn doubt(workflow: &Workflow<'_>, span: Span, why: &str) -> Doubt {
    Doubt { at: workflow.place(span), why: why.to_owned() }
}

/// What may keep a job from running, or its failure from counting; jobs that it needs included,
/// since a job is skipped together with them.
fn job_doubts(workflow: &Workflow<'_>, job: &Job, context: &Context, depth: usize) -> Vec<Doubt> {
    let mut out = Vec::new();
    if let Some(condition) = &job.condition
        && condition::holds(&condition.value, context) != Some(true)
    {
        out.push(doubt(
            workflow,
            condition.span,
            &format!(
                "job `{}` has {} that may not hold",
                job.id,
                words::condition(workflow.pipeline.provider)
            ),
        ));
    }
    if let Some(matrix) = job.matrix.as_ref().filter(|matrix| matrix.may_be_empty) {
        out.push(doubt(workflow, matrix.span, &format!("the matrix of job `{}` may be empty", job.id)));
    }
    if depth == 0 && tolerated(job.tolerated.as_ref()) {
        let span = job.tolerated.as_ref().map_or(job.id_span, |t| t.span);
        out.push(doubt(
            workflow,
            span,
            &format!("{} lets job `{}` fail unseen", words::tolerance(workflow.pipeline.provider), job.id),
        ));
    }
    let skipped = Context { success: Some(false), failure: Some(false), ..context.clone() };
    let goes_on = job.condition.as_ref().is_some_and(|c| condition::holds(&c.value, &skipped) == Some(true));
    if depth < 16 && !goes_on && !job.runs_without {
        for need in &job.needs {
            if let Some((_, other)) = workflow.job(need) {
                out.extend(job_doubts(workflow, other, context, depth + 1));
            }
        }
    }
    out
}
