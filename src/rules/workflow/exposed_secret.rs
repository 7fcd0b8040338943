//! A protected database's secret where more can reach it than a gated deploy.

use std::collections::BTreeMap;

use super::condition::{self, Context};
use super::secrets::{is_harmless, is_marked, is_protected, mentioned, printed};
use super::{Facts, Workflow, words};
use crate::contract::model::Contract;
use crate::words::finding::Finding;
use crate::words::pipeline::{Job, Provider, Setting, Step};
use crate::words::span::{Place, Span};

pub const ID: &str = "workflow/exposed-secret";

/// Events that outsiders can cause.
const OUTSIDE: [&str; 7] = [
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "issue_comment",
    "issues",
    "discussion_comment",
];

/// One finding a line, the first reason that is found.
type Found = BTreeMap<Place, (String, &'static str)>;

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Found::new();
    for workflow in facts.workflows.iter().filter(|w| !w.pipeline.partial) {
        // A composite action gets what its caller gives it.
        if workflow.pipeline.triggers.is_empty() {
            continue;
        }
        let notion = words::environment(workflow.pipeline.provider);
        for (setting, name) in
            named(&workflow.pipeline.env, facts.contract).into_iter().filter(|_| notion.is_some())
        {
            note(
                &mut found,
                workflow.place(setting.span),
                format!("the secret `{name}` of a protected database is given to every job of this workflow"),
                "set it in the one step that needs it, in a job with an `environment`",
            );
        }
        for job in &workflow.pipeline.jobs {
            of_job(facts, workflow, job, &mut found);
        }
    }
    found.into_iter().map(|(at, (message, help))| Finding::new(ID, at, message, help)).collect()
}

fn note(found: &mut Found, at: Place, message: String, help: &'static str) {
    found.entry(at).or_insert((message, help));
}

/// The settings that hold a protected database's secret, with the secret's name.
fn named<'s>(settings: &'s [Setting], contract: Option<&Contract>) -> Vec<(&'s Setting, &'s str)> {
    settings
        .iter()
        .filter_map(|setting| {
            let name = mentioned(&setting.value).into_iter().find(|name| is_protected(name, contract))?;
            Some((setting, name))
        })
        .collect()
}

fn of_job(facts: &Facts<'_>, workflow: &Workflow<'_>, job: &Job, found: &mut Found) {
    let contract = facts.contract;
    let mut uses: Vec<(Span, String, Option<&Step>)> =
        named(&job.env, contract).into_iter().map(|(s, name)| (s.span, name.to_owned(), None)).collect();
    let third_party = job.uses.as_ref().filter(|uses| !uses.value.starts_with("./"));
    for (setting, name) in named(&job.secrets, contract) {
        uses.push((setting.span, name.to_owned(), None));
    }
    for step in &job.steps {
        for settings in [&step.env, &step.with] {
            uses.extend(
                named(settings, contract).into_iter().map(|(s, n)| (s.span, n.to_owned(), Some(step))),
            );
        }
        for name in mentioned(&step.text).into_iter().filter(|name| is_protected(name, contract)) {
            let span = line_of(step, name);
            uses.push((span, name.to_owned(), Some(step)));
        }
        prints(workflow, job, step, contract, found);
    }
    if let Some(inherited) = job.secrets.iter().find(|s| s.name == "*")
        && third_party.is_some()
        && holds_secrets(facts)
    {
        note(
            found,
            workflow.place(inherited.span),
            "every secret, a protected database's among them, is handed to a workflow of another repository"
                .to_owned(),
            "name the secrets that it needs, one by one",
        );
    }
    let outside = outside_event(workflow, job);
    for (span, name, step) in uses {
        let at = workflow.place(span);
        // Passed on inside the repository, the secret is judged where it is used.
        let passed_on = job.uses.is_some() && third_party.is_none();
        if let (None, false, Some(notion)) =
            (&job.environment, passed_on, words::environment(workflow.pipeline.provider))
        {
            note(
                found,
                at,
                format!(
                    "the secret `{name}` of a protected database reaches job `{}`, which has no {notion}",
                    job.id
                ),
                if workflow.pipeline.provider == Provider::CircleCi {
                    "keep the secret in a restricted `context`, and give that context to this job only"
                } else {
                    "give the job an `environment` with protection rules, and keep the secret in that environment only"
                },
            );
        } else if let Some(event) = outside
            && !excluded(step, event)
            && !harmless_environment(job, &name, contract)
        {
            note(
                found,
                at,
                format!("the secret `{name}` of a protected database reaches job `{}` on `{event}`", job.id),
                "use it only in jobs that start on a push to the deploy branch",
            );
        }
    }
}

/// The environment is a preview's, say, and the name does not speak of a protected one.
fn harmless_environment(job: &Job, secret: &str, contract: Option<&Contract>) -> bool {
    job.environment.as_ref().is_some_and(|environment| is_harmless(&environment.value, contract))
        && !is_marked(secret, contract)
}

/// An event that outsiders can cause and on which the job may run.
fn outside_event<'w>(workflow: &Workflow<'w>, job: &Job) -> Option<&'w str> {
    workflow
        .pipeline
        .triggers
        .iter()
        .map(|trigger| trigger.event.as_str())
        .find(|event| OUTSIDE.contains(event) && may_run(workflow, job, &Context::event(event, "main"), 0))
}

/// Neither its own `if` nor that of a job that it needs rules the event out.
fn may_run(workflow: &Workflow<'_>, job: &Job, context: &Context, depth: usize) -> bool {
    let own = job.condition.as_ref().is_none_or(|c| condition::holds(&c.value, context) != Some(false));
    let always = job
        .condition
        .as_ref()
        .is_some_and(|c| c.value.contains("always()") || c.value.contains("cancelled()"));
    own && (always
        || depth >= 16
        || job.needs.iter().all(|need| {
            workflow.job(need).is_none_or(|(_, other)| may_run(workflow, other, context, depth + 1))
        }))
}

fn excluded(step: Option<&Step>, event: &str) -> bool {
    step.and_then(|step| step.condition.as_ref())
        .is_some_and(|c| condition::holds(&c.value, &Context::event(event, "main")) == Some(false))
}

/// The place in a step's text that mentions the secret.
fn line_of(step: &Step, name: &str) -> Span {
    let range = step.text.match_indices(name).map(|(at, _)| at..at + name.len()).next();
    range.map_or(step.text_span, |range| span_in_text(step, range))
}

fn prints(workflow: &Workflow<'_>, job: &Job, step: &Step, contract: Option<&Contract>, found: &mut Found) {
    let all = workflow.pipeline.env.iter().chain(&job.env).chain(&step.env);
    let mut given: Vec<(Option<&str>, &str)> = all
        .filter_map(|setting| {
            let name = mentioned(&setting.value).into_iter().find(|name| is_protected(name, contract))?;
            Some((Some(setting.name.as_str()), name))
        })
        .collect();
    given.extend(
        mentioned(&step.text)
            .into_iter()
            .filter(|name| is_protected(name, contract))
            .map(|name| (None, name)),
    );
    for (variable, secret) in given {
        if let Some(range) = printed(&step.text, variable, secret) {
            let span = span_in_text(step, range);
            note(
                found,
                workflow.place(span),
                format!("this step of job `{}` prints the secret `{secret}` of a protected database", job.id),
                "take the line out; what a log has shown must be replaced",
            );
            return;
        }
    }
}

/// A range of the step's text in the file.
fn span_in_text(step: &Step, range: std::ops::Range<usize>) -> Span {
    step.text_map.as_ref().map_or(step.text_span, |map| map.span(range))
}

/// Some workflow knows a protected database's secret, or a contract says that there is one.
fn holds_secrets(facts: &Facts<'_>) -> bool {
    facts.contract.is_some()
        || facts.workflows.iter().any(|workflow| {
            let settings = workflow.pipeline.jobs.iter().flat_map(|job| {
                job.env.iter().chain(job.steps.iter().flat_map(|s| s.env.iter().chain(&s.with)))
            });
            settings.into_iter().any(|s| mentioned(&s.value).iter().any(|n| is_protected(n, facts.contract)))
        })
}
