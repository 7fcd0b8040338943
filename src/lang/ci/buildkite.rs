//! Buildkite pipelines: steps, waits, groups, and what each runs.

use super::condition::{glob, matches, quoted, translate};
use super::script::{self, Around, Shell};
use crate::lang::Input;
use crate::lang::yaml::{self, Node, Pair};
use crate::words::flow::Problem;
use crate::words::pipeline::{Concurrency, Job, Pipeline, Provider, Setting, Trigger};
use crate::words::span::Span;

/// The agent starts a command so.
const SHELL: Shell = Shell { errexit: true, pipefail: false };

pub(super) fn read(input: Input<'_>) -> (Pipeline, Vec<Problem>) {
    let parsed = yaml::parse(input);
    let Some(root) = parsed.root() else { return (Pipeline::default(), parsed.problems) };
    let steps = if root.is_mapping() { root.get("steps") } else { Some(root) };
    let mut around = Around::default();
    around.add(root.get("env"));
    let mut reader =
        Reader { input, jobs: Vec::new(), before: Vec::new(), goes_on: false, literals: Vec::new() };
    if let Some(steps) = steps {
        reader.steps(steps, &around, None);
    }
    let start = Span { start: root.span.start, end: root.span.start };
    let trigger = |event: &str| Trigger { event: event.to_owned(), span: start, ..Trigger::default() };
    let pipeline = Pipeline {
        provider: Provider::Buildkite,
        branches: reader.literals,
        span: root.span,
        triggers: ["pull_request", "branch", "push"].map(trigger).to_vec(),
        env: around.settings(),
        jobs: reader.jobs,
        ..Pipeline::default()
    };
    (pipeline, parsed.problems)
}

struct Reader<'a> {
    input: Input<'a>,
    jobs: Vec<Job>,
    /// Jobs that stand before the last `wait`: what follows needs them.
    before: Vec<String>,
    /// The last `wait` lets go on after a failure.
    goes_on: bool,
    literals: Vec<String>,
}

/// What a variable of a condition stands for.
fn name(written: &str) -> String {
    match written {
        "build.branch" => "ci.branch",
        "build.tag" => "ci.tag",
        "build.source" => "ci.source",
        "build.pull_request.id" => "ci.merge_request",
        "build.pull_request.base_branch" => "ci.target",
        "pipeline.default_branch" => "ci.default_branch",
        _ => "ci.unknown",
    }
    .to_owned()
}

impl Reader<'_> {
    fn steps(&mut self, node: &Node, around: &Around, group: Option<&Node>) {
        for item in node.items() {
            let kind = item.as_str().or_else(|| {
                ["wait", "waiter", "block", "input", "group", "trigger"]
                    .into_iter()
                    .find(|key| item.get(key).is_some())
            });
            match kind {
                Some("wait" | "waiter") => {
                    self.before = self.jobs.iter().map(|job| job.id.clone()).collect();
                    self.goes_on = item.get("continue_on_failure").and_then(Node::as_str) == Some("true");
                }
                // A person lets it go on; what stands before it has to be done.
                Some("block" | "input") if item.get("depends_on").is_none() => {
                    self.before = self.jobs.iter().map(|job| job.id.clone()).collect();
                    self.goes_on = false;
                }
                Some("block" | "input" | "trigger") => {}
                Some("group") => {
                    if let Some(steps) = item.get("steps") {
                        self.steps(steps, around, Some(item));
                    }
                }
                _ => self.job(item, around, group),
            }
        }
    }

    fn job(&mut self, item: &Node, around: &Around, group: Option<&Node>) {
        let text = |key: &str| item.get(key).and_then(Node::as_str);
        let key = ["key", "id", "identifier"].into_iter().find_map(text);
        let label = text("label").or_else(|| text("name"));
        let number = self.jobs.len() + 1;
        let id = key.or(label).map_or_else(|| format!("step {number}"), str::to_owned);
        let mut around = around.clone();
        around.title = format!("job {id}");
        around.add(item.get("env"));
        let mut job = Job { id: id.clone(), span: item.span, ..Job::default() };
        job.id_span = item.pairs().first().map_or(item.span, |pair| pair.key.span.to(pair.value.span));
        let commands = ["command", "commands"].iter().find_map(|key| item.get(key));
        if let Some(node) = commands
            && let Some(program) = script::program(&script::scalars(node))
        {
            // `$$X` is the variable of the run, `$X` that of the upload.
            let program = doubled(program);
            job.uses = uploaded(&program.text).map(|path| Setting {
                name: "upload".to_owned(),
                value: format!("./{path}"),
                span: program.span,
            });
            job.steps.push(around.step(self.input, "command", &program, SHELL, None));
        }
        let own = item.pair("depends_on").or_else(|| group.and_then(|group| group.pair("depends_on")));
        let mut goes_on = false;
        if let Some(pair) = own {
            for (need, tolerated) in depends(&pair.value) {
                goes_on |= tolerated;
                job.needs.push(need);
            }
        } else {
            job.needs.clone_from(&self.before);
            goes_on = self.goes_on;
        }
        goes_on |= text("allow_dependency_failure") == Some("true");
        job.condition = self.condition(item, group, goes_on);
        job.tolerated =
            item.pair("soft_fail").filter(|pair| pair.value.as_str() != Some("false")).map(|pair| Setting {
                name: "soft_fail".to_owned(),
                value: "true".to_owned(),
                span: pair.key.span.to(pair.value.span),
            });
        job.concurrency = concurrency(item);
        let mut own = Around::default();
        own.add(item.get("env"));
        job.env = own.settings();
        self.jobs.push(job);
    }

    fn condition(&mut self, item: &Node, group: Option<&Node>, goes_on: bool) -> Option<Setting> {
        let mut all = Vec::new();
        let mut span: Option<Span> = None;
        let mut note = |pair: &Pair| {
            let here = pair.key.span.to(pair.value.span);
            span = Some(span.map_or(here, |have| have.to(here)));
        };
        for node in [group, Some(item)].into_iter().flatten() {
            if let Some(pair) = node.pair("if") {
                let text = pair.value.as_str().unwrap_or("");
                all.push(format!("({})", translate(text, &name, &mut self.literals)));
                note(pair);
            }
            if let Some(pair) = node.pair("branches") {
                let words: Vec<&str> =
                    pair.value.strings().iter().flat_map(|(text, _)| text.split_whitespace()).collect();
                all.push(self.branches(&words));
                note(pair);
            }
            if let Some(pair) =
                node.pair("skip").filter(|pair| pair.value.as_str().is_some_and(|t| t != "false"))
            {
                all.push("false".to_owned());
                note(pair);
            }
        }
        if goes_on {
            all.push("always()".to_owned());
            span = Some(span.unwrap_or(item.span));
        }
        Some(Setting { name: "if".to_owned(), value: all.join(" && "), span: span? })
    }

    fn branches(&mut self, words: &[&str]) -> String {
        let test = |word: &str| {
            if word.contains('*') {
                matches("ci.branch", &glob(word))
            } else {
                format!("ci.branch == {}", quoted(word))
            }
        };
        let (not, wanted): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with('!'));
        self.literals.extend(wanted.iter().filter(|word| !word.contains('*')).map(|word| (*word).to_owned()));
        let mut all: Vec<String> =
            not.iter().map(|word| format!("!{}", test(word.trim_start_matches('!')))).collect();
        for text in &mut all {
            // `!a == b` would be `(!a) == b`.
            if let Some(inner) = text.strip_prefix('!') {
                *text = format!("!({inner})");
            }
        }
        if !wanted.is_empty() {
            let any: Vec<String> = wanted.iter().map(|word| test(word)).collect();
            all.push(format!("({})", any.join(" || ")));
        }
        if all.is_empty() { "true".to_owned() } else { all.join(" && ") }
    }
}

/// Names, and whether a failure there is no matter.
fn depends(node: &Node) -> Vec<(String, bool)> {
    let mut out: Vec<(String, bool)> =
        node.strings().into_iter().map(|(name, _)| (name.to_owned(), false)).collect();
    for item in node.items() {
        if let Some(step) = item.get("step").and_then(Node::as_str) {
            out.push((step.to_owned(), item.get("allow_failure").and_then(Node::as_str) == Some("true")));
        }
    }
    out
}

/// One at a time keeps others out; more do not.
fn concurrency(item: &Node) -> Option<Concurrency> {
    let group = item.pair("concurrency_group")?;
    let one = item.get("concurrency").and_then(Node::as_str) == Some("1");
    Some(Concurrency {
        span: group.key.span.to(group.value.span),
        group: if one { group.value.as_str().unwrap_or("").to_owned() } else { String::new() },
        cancel: String::new(),
        cancel_span: None,
    })
}

fn doubled(program: script::Program) -> script::Program {
    if !program.text.contains("$$") {
        return program;
    }
    let mut out = String::new();
    let mut map = crate::words::span::OffsetMap::builder();
    map.push(0, 0);
    let mut from = 0;
    for (at, _) in program.text.match_indices("$$") {
        if at < from {
            continue;
        }
        out.push_str(program.text.get(from..=at).unwrap_or(""));
        from = at + 2;
        map.push(out.len(), from);
    }
    out.push_str(program.text.get(from..).unwrap_or(""));
    let map = program.map.compose(&map);
    script::Program { text: out, map, span: program.span }
}

/// `buildkite-agent pipeline upload FILE`: the file is part of this pipeline from here on.
fn uploaded(text: &str) -> Option<String> {
    let rest = text.split_once("buildkite-agent pipeline upload")?.1;
    let word =
        rest.split(['\n', ';', '&', '|']).next()?.split_whitespace().find(|word| !word.starts_with('-'))?;
    Some(word.trim_matches(['"', '\'']).trim_start_matches("./").to_owned())
}
