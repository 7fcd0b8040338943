//! Whether the check looks at the change itself, or at a tree that somebody chose.

use super::Workflow;
use super::coverage::Doubt;
use crate::words::pipeline::{Job, Provider, Setting, Step};

/// What stands for the change on a pull request; each is empty or the same thing on a push.
const OWN: [&str; 9] = [
    "github.sha",
    "github.ref",
    "github.ref_name",
    "github.head_ref",
    "github.workflow_sha",
    "github.event.after",
    "github.event.merge_group.head_sha",
    "github.event.merge_group.head_ref",
    "github.event.pull_request.merge_commit_sha",
];
/// Variables that make git, or guard's own look at the run, take another tree than the one that is there.
const STEERING: [&str; 14] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_CONFIG_GLOBAL",
    "GITHUB_BASE_REF",
    "GITHUB_EVENT_NAME",
    "GITHUB_EVENT_PATH",
    "GITHUB_ACTIONS",
    "GITHUB_SHA",
    "BASH_ENV",
    "PROMPT_COMMAND",
];

/// The variable decides which tree is checked, or runs something in front of the check.
#[must_use]
pub fn steers(name: &str) -> bool {
    STEERING.contains(&name)
}

/// Doubts about the tree in which the step at this index runs.
pub(super) fn doubts(
    workflow: &Workflow<'_>,
    job: &Job,
    step: usize,
    event: &str,
    branches: &[String],
) -> Vec<Doubt> {
    let mut out = Vec::new();
    let mut doubt = |at, why: String| out.push(Doubt { at: workflow.place(at), why });
    let check = job.steps.get(step);
    for before in job.steps.get(..=step).unwrap_or_default() {
        let own = check.is_some_and(|check| std::ptr::eq(check, before));
        for setting in before.env.iter().filter(|s| own && steers(&s.name)) {
            doubt(
                setting.span,
                format!("`{}` decides what it looks at, or what runs before it", setting.name),
            );
        }
    }
    for setting in job.env.iter().chain(&workflow.pipeline.env).filter(|s| steers(&s.name)) {
        doubt(setting.span, format!("`{}` decides what it looks at, or what runs before it", setting.name));
    }
    if workflow.pipeline.provider != Provider::GitHub {
        return out;
    }
    let directory =
        check.and_then(|c| c.run.as_ref()).and_then(|run| run.directory.as_deref()).unwrap_or(".");
    let Some(checkout) = last(job, step, directory) else { return out };
    let with = |name: &str| checkout.with.iter().find(|s| s.name.eq_ignore_ascii_case(name));
    let base = matches!(event, "pull_request_target" | "workflow_run");
    match with("ref").filter(|s| !s.value.trim().is_empty()) {
        None if base => {
            let span = checkout.uses.as_ref().map_or(checkout.span, |uses| uses.span);
            doubt(span, format!("on `{event}` this checks out the base, and not the change"));
        }
        None => {}
        Some(given) if leads_elsewhere(given, event, branches) => {
            doubt(given.span, "it looks at another revision than the change itself".to_owned());
        }
        Some(_) => {}
    }
    if let Some(given) = with("repository").filter(|s| !s.value.trim().is_empty() && !is_own_repository(s)) {
        doubt(given.span, "it looks at another repository".to_owned());
    }
    let whole = |text: &str| text.lines().all(|line| matches!(line.trim(), "" | "." | "/" | "/*" | "*"));
    if let Some(given) = with("sparse-checkout").filter(|s| !whole(&s.value)) {
        doubt(given.span, "it looks at a part of the files only".to_owned());
    }
    out
}

/// The checkout whose files lie where the check runs.
fn last<'a>(job: &'a Job, step: usize, directory: &str) -> Option<&'a Step> {
    let path_of = |step: &Step| {
        let given = step.with.iter().find(|s| s.name.eq_ignore_ascii_case("path"));
        given.map_or(".".to_owned(), |s| {
            s.value.trim().trim_start_matches("./").trim_end_matches('/').to_owned()
        })
    };
    let checkouts = job.steps.get(..step).unwrap_or_default().iter().rev().filter(|step| {
        step.uses
            .as_ref()
            .is_some_and(|uses| uses.value.to_ascii_lowercase().starts_with("actions/checkout@"))
    });
    let lies_there = |step: &&Step| {
        let path = path_of(step);
        matches!(path.as_str(), "." | "")
            || directory == path
            || directory.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    // The deepest folder that holds it; of equals the last.
    let mut best: Option<(&Step, usize)> = None;
    for found in checkouts.filter(lies_there) {
        let depth = path_of(found).trim_matches('.').len();
        if best.is_none_or(|(_, have)| depth > have) {
            best = Some((found, depth));
        }
    }
    best.map(|(step, _)| step)
}

/// The first alternative that has a value on this event decides. What only the caller of a reusable
/// workflow knows is not judged here.
fn leads_elsewhere(given: &Setting, event: &str, branches: &[String]) -> bool {
    let value = given.value.trim();
    let Some(inner) = value.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")) else {
        // `refs/pull/${{ … }}/merge`, `refs/heads/${{ github.head_ref }}`
        let names = OWN.iter().any(|own| value.contains(own)) || value.contains("pull_request.");
        if value.contains("${{") {
            return !(names || value.contains("inputs.") || value.starts_with("refs/pull/"))
                || value.contains("pull_request.base") && event != "push";
        }
        let branch = value.strip_prefix("refs/heads/").unwrap_or(value);
        return event != "push" || !branches.iter().any(|known| known == branch);
    };
    for alternative in inner.split("||").map(str::trim) {
        let head = alternative.starts_with("github.event.pull_request.head.")
            || alternative.starts_with("github.event.pull_request.number");
        let merge = alternative.starts_with("github.event.merge_group.");
        let unset = match event {
            "push" => alternative.contains("pull_request") || alternative.ends_with("_ref") || merge,
            _ => merge || alternative == "github.event.after",
        };
        if unset || alternative.starts_with("inputs.") || alternative.starts_with("github.event.inputs.") {
            continue;
        }
        let target = matches!(event, "pull_request_target" | "workflow_run");
        let of_base = ["github.sha", "github.ref", "github.ref_name", "github.workflow_sha"];
        if head || event == "workflow_run" && alternative.starts_with("github.event.workflow_run.head") {
            return false;
        }
        if event == "push" && alternative == "github.event.repository.default_branch" {
            return false;
        }
        // A condition in the expression is not worked out.
        if alternative.contains("&&") || alternative.contains('(') {
            return false;
        }
        return !OWN.contains(&alternative) || target && of_base.contains(&alternative);
    }
    false
}

fn is_own_repository(given: &Setting) -> bool {
    let value = given.value.trim();
    ["github.repository", "pull_request.head.repo.full_name", "inputs.", "head_repository.full_name"]
        .iter()
        .any(|own| value.contains(own))
}
