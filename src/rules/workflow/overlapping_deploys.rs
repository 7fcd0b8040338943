//! Two deploys at once, or one that is killed in the middle of a change.

use super::condition::{self, Context};
use super::{Facts, Workflow, words};
use crate::words::finding::Finding;
use crate::words::pipeline::{Concurrency, Job};

pub const ID: &str = "workflow/overlapping-deploys";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    for workflow in facts.workflows.iter().filter(|w| w.starts() && !w.pipeline.partial) {
        let mut said = false;
        for (index, job) in workflow.pipeline.jobs.iter().enumerate() {
            if !facts.mutates(workflow, index, job) {
                continue;
            }
            let mut groups = 0;
            let inner = facts.called(job).map(|callee| {
                let jobs = callee.pipeline.jobs.iter().filter_map(|job| job.concurrency.as_ref());
                (callee, jobs.chain(callee.pipeline.concurrency.as_ref()).collect::<Vec<_>>())
            });
            let own = job.concurrency.iter().map(|c| (workflow, c, false));
            let whole = workflow.pipeline.concurrency.iter().map(|c| (workflow, c, true));
            let of_callee = inner.iter().flat_map(|(callee, all)| all.iter().map(|c| (*callee, *c, false)));
            for (place, concurrency, is_whole) in own.chain(whole).chain(of_callee) {
                groups += usize::from(excludes_others(concurrency));
                // A workflow's setting concerns all its jobs, and is said once.
                if cancels(workflow, job, concurrency) && !(is_whole && said) {
                    said |= is_whole;
                    let span = concurrency.cancel_span.unwrap_or(concurrency.span);
                    out.push(Finding::new(
                        ID,
                        place.place(span),
                        format!(
                            "job `{}` changes a database, and a newer run cancels it in the middle of that",
                            job.id
                        ),
                        "set `cancel-in-progress: false` for whatever deploys",
                    ));
                }
            }
            if groups == 0
                && let Some((notion, help)) = words::exclusion(workflow.pipeline.provider)
            {
                out.push(Finding::new(
                    ID,
                    workflow.place(job.concurrency.as_ref().map_or(job.id_span, |c| c.span)),
                    format!(
                        "job `{}` changes a database, and no {notion} keeps two runs of it apart",
                        job.id
                    ),
                    help,
                ));
            }
        }
    }
    out
}

/// A group that is new for every run keeps nobody out.
fn excludes_others(concurrency: &Concurrency) -> bool {
    let group = concurrency.group.to_ascii_lowercase();
    !group.trim().is_empty()
        && ![
            "github.run_id",
            "github.run_number",
            "github.sha",
            "github.run_attempt",
            "ci_pipeline_id",
            "ci_pipeline_iid",
            "ci_job_id",
            "ci_commit_sha",
            "ci_commit_short_sha",
            "buildkite_build_",
            "buildkite_commit",
            "buildkite_job_id",
        ]
        .iter()
        .any(|unique| group.contains(unique))
}

/// `cancel-in-progress` holds, or may hold, on an event on which the job runs.
fn cancels(workflow: &Workflow<'_>, job: &Job, concurrency: &Concurrency) -> bool {
    let cancel = concurrency.cancel.trim();
    if cancel.is_empty() || cancel == "false" {
        return false;
    }
    workflow.pipeline.triggers.iter().any(|trigger| {
        let branches: Vec<&str> = match trigger.branches.as_slice() {
            [] => vec!["main"],
            some => some.iter().map(String::as_str).collect(),
        };
        branches.iter().any(|branch| {
            let context = Context::event(&trigger.event, branch);
            let runs =
                job.condition.as_ref().is_none_or(|c| condition::holds(&c.value, &context) != Some(false));
            runs && condition::evaluate(cancel, &context) != Some(false)
        })
    })
}
