//! GitHub workflows and composite actions: triggers, jobs, steps, and what the steps run.

mod embed;
mod expression;
mod matrix;
mod step;
mod uses;

use super::yaml::{self, Node};
use super::{Input, Kind, Lowered};
use crate::words::flow::Problem;
use crate::words::pipeline::{Concurrency, Job, Pipeline, Setting, Trigger};
use crate::words::span::Span;

pub use expression::{placeholders, value as expression_value};

#[must_use]
pub fn lower(kind: Kind, input: Input<'_>) -> Lowered {
    let parsed = yaml::parse(input);
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let Some(root) = parsed.root() else {
        return out;
    };
    if !root.is_mapping() {
        out.problems.push(Problem { span: root.span, what: "a workflow must be a mapping".to_owned() });
        return out;
    }
    let mut reader = Reader { input, problems: Vec::new() };
    let pipeline = if kind == Kind::Action { reader.action(root) } else { reader.workflow(root) };
    out.entries =
        pipeline.jobs.iter().flat_map(|job| job.steps.iter().filter_map(|step| step.run.clone())).collect();
    out.problems.append(&mut reader.problems);
    out.pipeline = Some(pipeline);
    out
}

struct Reader<'a> {
    input: Input<'a>,
    problems: Vec<Problem>,
}

/// What a job hands down to its steps.
#[derive(Clone, Default)]
struct Surroundings {
    env: Vec<(Setting, yaml::Node)>,
    shell: Option<Node>,
    directory: Option<Node>,
    windows: bool,
    /// `job deploy`, or the action.
    title: String,
    composite: bool,
}

impl Reader<'_> {
    fn workflow(&mut self, root: &Node) -> Pipeline {
        let triggers = root.get("on").map(|on| triggers(root, on)).unwrap_or_default();
        if triggers.is_empty() {
            self.problems
                .push(Problem { span: first_line(root), what: "this workflow has no `on`".to_owned() });
        }
        let mut around = Surroundings { env: env(root), ..Surroundings::default() };
        defaults(root, &mut around);
        let mut jobs = Vec::new();
        for pair in root.get("jobs").map(Node::pairs).unwrap_or_default() {
            let Some(id) = pair.key.as_str() else { continue };
            jobs.push(self.job(id, pair, &around));
        }
        Pipeline {
            branches: branches(&jobs),
            name: text(root, "name"),
            span: root.span,
            reusable: triggers.iter().any(|trigger| trigger.event == "workflow_call"),
            triggers,
            concurrency: root.pair("concurrency").map(concurrency),
            env: around.env.into_iter().map(|(setting, _)| setting).collect(),
            jobs,
            partial: false,
            ..Pipeline::default()
        }
    }

    fn job(&mut self, id: &str, pair: &yaml::Pair, workflow: &Surroundings) -> Job {
        let body = &pair.value;
        let mut around = workflow.clone();
        defaults(body, &mut around);
        around.title = format!("job {id}");
        around.windows = body
            .get("runs-on")
            .is_some_and(|on| on.strings().iter().any(|(label, _)| label.contains("windows")));
        let mut own = body.get("container").map(env).unwrap_or_default();
        own.extend(env(body));
        let names = own.iter().map(|(setting, _)| setting.clone()).collect();
        around.env.extend(own);
        let mut steps = Vec::new();
        for (index, step) in body.get("steps").map(Node::items).unwrap_or_default().iter().enumerate() {
            steps.push(self.step(step, index, &around));
        }
        let tolerated = setting(body, "continue-on-error");
        if let Some(said) = tolerated.as_ref().filter(|said| said.value.trim() != "false") {
            // What the job may do unseen, each of its steps may.
            for run in steps.iter_mut().filter_map(|step| step.run.as_mut()) {
                run.tolerated = run.tolerated.or(Some(said.span));
            }
        }
        let secrets = match body.get("secrets") {
            Some(node) if node.as_str() == Some("inherit") => {
                vec![Setting { name: "*".to_owned(), value: "inherit".to_owned(), span: node.span }]
            }
            Some(node) => settings(node),
            None => Vec::new(),
        };
        Job {
            id: id.to_owned(),
            span: pair.key.span.to(body.span),
            id_span: pair.key.span,
            needs: body.get("needs").map(Node::strings).unwrap_or_default().into_iter().map(owned).collect(),
            condition: setting(body, "if"),
            environment: body.pair("environment").and_then(environment),
            concurrency: body.pair("concurrency").map(concurrency),
            tolerated,
            env: names,
            matrix: body.path(&["strategy", "matrix"]).map(matrix::read),
            uses: setting(body, "uses"),
            secrets,
            steps,
            ..Job::default()
        }
    }

    /// A composite action is one job; an action in JavaScript is one step that starts its files.
    fn action(&mut self, root: &Node) -> Pipeline {
        let around = Surroundings { title: "action".to_owned(), composite: true, ..Surroundings::default() };
        let mut steps = Vec::new();
        let runs = root.get("runs");
        for (index, step) in
            runs.and_then(|r| r.get("steps")).map(Node::items).unwrap_or_default().iter().enumerate()
        {
            steps.push(self.step(step, index, &around));
        }
        if let Some(runs) = runs.filter(|runs| text(runs, "using").starts_with("node")) {
            for key in ["pre", "main", "post"] {
                if let Some(file) = runs.get(key) {
                    steps.extend(self.javascript_action(file, key));
                }
            }
        }
        let span = runs.map_or(root.span, |runs| runs.span);
        let job = Job { id: "runs".to_owned(), span, id_span: span, steps, ..Job::default() };
        Pipeline {
            name: text(root, "name"),
            span: root.span,
            jobs: vec![job],
            reusable: true,
            ..Pipeline::default()
        }
    }
}

/// Branches that the conditions of jobs name.
fn branches(jobs: &[Job]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let steps = jobs.iter().flat_map(|job| job.steps.iter().filter_map(|step| step.condition.as_ref()));
    for condition in jobs.iter().filter_map(|job| job.condition.as_ref()).chain(steps) {
        let mut before = "";
        for (at, literal) in condition.value.split('\'').enumerate() {
            if at % 2 == 0 {
                before = literal;
                continue;
            }
            let named = literal.strip_prefix("refs/heads/");
            let named = named.or_else(|| before.contains("github.ref_name").then_some(literal));
            out.extend(named.filter(|name| !name.is_empty()).map(str::to_owned));
        }
    }
    out.sort();
    out.dedup();
    out
}

fn owned((text, _): (&str, Span)) -> String {
    text.to_owned()
}

fn first_line(node: &Node) -> Span {
    Span { start: node.span.start, end: node.span.start }
}

fn text(node: &Node, key: &str) -> String {
    node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned()
}

/// A scalar under a key, as written; its span is that of the value.
fn setting(node: &Node, key: &str) -> Option<Setting> {
    let pair = node.pair(key)?;
    Some(Setting {
        name: key.to_owned(),
        value: pair.value.as_str().unwrap_or_default().to_owned(),
        span: pair.key.span.to(pair.value.span),
    })
}

fn settings(node: &Node) -> Vec<Setting> {
    node.pairs()
        .iter()
        .filter_map(|pair| {
            Some(Setting {
                name: pair.key.as_str()?.to_owned(),
                value: pair.value.as_str().unwrap_or_default().to_owned(),
                span: pair.key.span.to(pair.value.span),
            })
        })
        .collect()
}

fn env(node: &Node) -> Vec<(Setting, Node)> {
    let Some(env) = node.get("env") else { return Vec::new() };
    let values = env.pairs().iter().filter(|pair| pair.key.as_str().is_some());
    settings(env).into_iter().zip(values.map(|pair| pair.value.clone())).collect()
}

fn defaults(node: &Node, around: &mut Surroundings) {
    if let Some(run) = node.path(&["defaults", "run"]) {
        if let Some(shell) = run.get("shell") {
            around.shell = Some(shell.clone());
        }
        if let Some(directory) = run.get("working-directory") {
            around.directory = Some(directory.clone());
        }
    }
}

fn environment(pair: &yaml::Pair) -> Option<Setting> {
    let name = if pair.value.is_mapping() { pair.value.get("name")? } else { &pair.value };
    let value = name.as_str()?;
    Some(Setting {
        name: "environment".to_owned(),
        value: value.to_owned(),
        span: pair.key.span.to(name.span),
    })
}

fn concurrency(pair: &yaml::Pair) -> Concurrency {
    let value = &pair.value;
    let span = pair.key.span.to(value.span);
    if let Some(group) = value.as_str() {
        return Concurrency { span, group: group.to_owned(), cancel: String::new(), cancel_span: None };
    }
    let cancel = setting(value, "cancel-in-progress");
    Concurrency {
        span,
        group: text(value, "group"),
        cancel: cancel.as_ref().map(|c| c.value.clone()).unwrap_or_default(),
        cancel_span: cancel.map(|c| c.span),
    }
}

/// `on: push`, `on: [push]`, `on: { push: … }`.
fn triggers(root: &Node, on: &Node) -> Vec<Trigger> {
    let key = root.pair("on").map_or(on.span, |pair| pair.key.span);
    if on.is_mapping() {
        return on.pairs().iter().filter_map(trigger).collect();
    }
    on.strings()
        .into_iter()
        .map(|(event, span)| Trigger {
            event: event.to_owned(),
            span: if on.as_str().is_some() { key.to(span) } else { span },
            ..Trigger::default()
        })
        .collect()
}

fn trigger(pair: &yaml::Pair) -> Option<Trigger> {
    let body = &pair.value;
    let list = |key: &str| -> Vec<String> {
        body.get(key).map(Node::strings).unwrap_or_default().into_iter().map(owned).collect()
    };
    let has = |key: &str| body.get(key).is_some();
    let paths = ["paths", "paths-ignore"]
        .iter()
        .filter_map(|key| body.pair(key))
        .find(|pair| !pair.value.is_null())
        .map(|pair| pair.key.span.to(pair.value.span));
    Some(Trigger {
        event: pair.key.as_str()?.to_owned(),
        span: pair.key.span.to(body.span),
        branches: list("branches"),
        branches_ignore: list("branches-ignore"),
        tags_only: (has("tags") || has("tags-ignore")) && !has("branches") && !has("branches-ignore"),
        paths,
        types: list("types"),
        workflows: list("workflows"),
    })
}

#[cfg(test)]
mod tests;
