//! GitLab's `rules`, `only`, `except` and `when` as one condition.

use super::condition::{UNKNOWN, glob, matches, quoted, slashed, translate};
use crate::lang::yaml::Node;

/// More rules than this are not written by people.
const MAX_RULES: usize = 24;

/// What a variable of the provider stands for.
fn name(written: &str) -> String {
    let bare = written.trim_start_matches('$').trim_start_matches('{').trim_end_matches('}');
    match bare {
        "CI_PIPELINE_SOURCE" => "ci.source",
        "CI_COMMIT_BRANCH" => "ci.commit_branch",
        "CI_COMMIT_REF_NAME" | "CI_COMMIT_REF_SLUG" => "ci.branch",
        "CI_DEFAULT_BRANCH" => "ci.default_branch",
        "CI_COMMIT_TAG" => "ci.tag",
        "CI_OPEN_MERGE_REQUESTS" => "ci.open_merge_requests",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME" => "ci.target",
        other if other.starts_with("CI_MERGE_REQUEST_") && other.ends_with("ID") => "ci.merge_request",
        _ => UNKNOWN,
    }
    .to_owned()
}

fn when(text: Option<&str>) -> &'static str {
    match text {
        Some("always") => "always()",
        Some("never") => "false",
        Some("on_failure") => "failure()",
        // A person starts it, once what stands before it went well.
        Some("manual") => "(success() && ci.manual)",
        _ => "success()",
    }
}

/// Whether a list of rules lets the job (or the pipeline) run.
pub(super) fn of_rules(node: &Node, otherwise: Option<&str>, literals: &mut Vec<String>) -> String {
    let mut sides: Vec<String> = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for rule in flat(node).into_iter().take(MAX_RULES) {
        let mut own: Vec<String> = Vec::new();
        if let Some(text) = rule.get("if").and_then(Node::as_str) {
            own.push(format!("({})", translate(text, &name, literals)));
        }
        for key in ["changes", "exists"] {
            if rule.get(key).is_some() {
                own.push(format!("ci.{key}"));
            }
        }
        let test = if own.is_empty() { "true".to_owned() } else { format!("({})", own.join(" && ")) };
        let mut all: Vec<String> = before.iter().map(|test| format!("!{test}")).collect();
        all.push(test.clone());
        all.push(when(rule.get("when").and_then(Node::as_str).or(otherwise)).to_owned());
        sides.push(format!("({})", all.join(" && ")));
        before.push(test);
    }
    if sides.is_empty() { "false".to_owned() } else { sides.join(" || ") }
}

/// `rules` may hold lists, from references.
fn flat(node: &Node) -> Vec<&Node> {
    node.items()
        .iter()
        .flat_map(|item| if item.items().is_empty() { vec![item] } else { item.items().iter().collect() })
        .collect()
}

/// Whether a job runs that has `only`, `except`, or none of both.
pub(super) fn of_filters(body: &Node, default_refs: bool, literals: &mut Vec<String>) -> String {
    let mut all = Vec::new();
    match body.get("only") {
        Some(only) => all.push(filter(only, true, literals)),
        None if default_refs => all.push("(ci.commit_branch != '' || ci.tag != '')".to_owned()),
        None => {}
    }
    if let Some(except) = body.get("except") {
        all.push(format!("!{}", filter(except, false, literals)));
    }
    all.push(when(body.get("when").and_then(Node::as_str)).to_owned());
    all.join(" && ")
}

fn filter(node: &Node, whole: bool, literals: &mut Vec<String>) -> String {
    let (refs, mut more) = if node.is_mapping() {
        let mut more = Vec::new();
        if let Some(variables) = node.get("variables") {
            let any: Vec<String> = variables
                .strings()
                .iter()
                .map(|(text, _)| format!("({})", translate(text, &name, literals)))
                .collect();
            more.push(format!("({})", any.join(" || ")));
        }
        for key in ["changes", "kubernetes"] {
            if node.get(key).is_some() {
                more.push(format!("ci.{key}"));
            }
        }
        (node.get("refs").map(Node::strings).unwrap_or_default(), more)
    } else {
        (node.strings(), Vec::new())
    };
    let any: Vec<String> = refs.iter().map(|(text, _)| reference(text, literals)).collect();
    if !any.is_empty() {
        more.insert(0, format!("({})", any.join(" || ")));
    } else if whole && node.is_mapping() {
        more.insert(0, "(ci.commit_branch != '' || ci.tag != '')".to_owned());
    }
    if more.is_empty() {
        "false".to_owned()
    } else {
        format!("({})", more.join(if whole { " && " } else { " || " }))
    }
}

fn reference(text: &str, literals: &mut Vec<String>) -> String {
    let bare = text.split('@').next().unwrap_or(text);
    let source = |name: &str| format!("ci.source == {}", quoted(name));
    match bare {
        "branches" => "ci.commit_branch != ''".to_owned(),
        "tags" => "ci.tag != ''".to_owned(),
        "merge_requests" => source("merge_request_event"),
        "pushes" => source("push"),
        "schedules" => source("schedule"),
        "triggers" => source("trigger"),
        "pipelines" => source("pipeline"),
        "api" | "web" | "chat" | "external" => source(bare),
        "external_pull_requests" => source("external_pull_request_event"),
        _ => match slashed(bare) {
            Some(pattern) => matches("ci.commit_branch", &pattern),
            None if bare.contains('*') => matches("ci.commit_branch", &glob(bare)),
            None => {
                literals.push(bare.to_owned());
                format!("ci.commit_branch == {}", quoted(bare))
            }
        },
    }
}
