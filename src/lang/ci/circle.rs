//! `.circleci/config.yml`: workflows, their jobs, and the commands that steps are made of.

use std::collections::BTreeMap;

use super::condition::{glob, matches, quoted, slashed};
use super::script::{self, Around, Program, Shell};
use crate::lang::Input;
use crate::lang::yaml::{self, Node, Pair};
use crate::words::flow::Problem;
use crate::words::pipeline::{Concurrency, Job, Matrix, Pipeline, Provider, Setting, Step, Trigger};
use crate::words::span::Span;

/// The provider's own default.
const SHELL: Shell = Shell { errexit: true, pipefail: true };
/// Commands that are made of commands.
const MAX_DEPTH: usize = 8;
/// Steps of one job, and of one file.
const MAX_STEPS: usize = 2_000;

type Given = BTreeMap<String, String>;

pub(super) fn read(input: Input<'_>) -> (Pipeline, Vec<Problem>) {
    let parsed = yaml::parse(input);
    let Some(root) = parsed.root().filter(|root| root.is_mapping()) else {
        return (Pipeline::default(), parsed.problems);
    };
    let mut reader = Reader { input, root, literals: Vec::new(), steps: 0, left: None };
    let mut jobs = Vec::new();
    let mut used: Vec<&str> = Vec::new();
    for workflow in root.get("workflows").map(Node::pairs).unwrap_or_default() {
        let Some(name) = workflow.key.as_str() else { continue };
        for item in workflow.value.get("jobs").map(Node::items).unwrap_or_default() {
            let (job, pair) = match item.as_str() {
                Some(job) => (job, None),
                None => match item.pairs().first() {
                    Some(pair) => (pair.key.as_str().unwrap_or(""), Some(pair)),
                    None => continue,
                },
            };
            used.push(job);
            jobs.push(reader.job(name, &workflow.value, job, item, pair));
        }
    }
    // Without workflows the job `build` runs; others can be started by the provider's interface.
    for pair in root.get("jobs").map(Node::pairs).unwrap_or_default() {
        let Some(name) = pair.key.as_str().filter(|name| !used.contains(name)) else { continue };
        let mut job = reader.body(name, &pair.value, &Given::new());
        job.span = pair.key.span.to(pair.value.span);
        job.id_span = pair.key.span;
        if name != "build" || root.get("workflows").is_some() {
            job.condition =
                Some(Setting { name: "when".to_owned(), value: "false".to_owned(), span: pair.key.span });
        }
        jobs.push(job);
    }
    let start = Span { start: root.span.start, end: root.span.start };
    let trigger = |event: &str| Trigger { event: event.to_owned(), span: start, ..Trigger::default() };
    let pipeline = Pipeline {
        provider: Provider::CircleCi,
        branches: reader.literals,
        span: root.span,
        triggers: ["branch", "push"].map(trigger).to_vec(),
        jobs,
        ..Pipeline::default()
    };
    let left = reader.left;
    let mut problems = parsed.problems;
    let what = "its commands grow into more steps than can be read".to_owned();
    problems.extend(left.map(|span| Problem { span, what }));
    (pipeline, problems)
}

struct Reader<'a> {
    input: Input<'a>,
    root: &'a Node,
    literals: Vec<String>,
    steps: usize,
    /// The first step that was not read, where there are too many.
    left: Option<Span>,
}

impl Reader<'_> {
    /// A job as a workflow starts it.
    fn job(&mut self, workflow: &str, whole: &Node, name: &str, item: &Node, pair: Option<&Pair>) -> Job {
        let empty = Node { span: item.span, value: yaml::Value::Null };
        let options = pair.map_or(&empty, |pair| &pair.value);
        let definition = self.root.get("jobs").and_then(|jobs| jobs.get(name));
        let mut given = definition.map(defaults).unwrap_or_default();
        for option in options.pairs() {
            if let (Some(key), Some(value)) = (option.key.as_str(), option.value.as_str()) {
                given.insert(key.to_owned(), value.to_owned());
            }
        }
        let id = options.get("name").and_then(Node::as_str).unwrap_or(name);
        let mut job = match definition {
            Some(body) => self.body(name, body, &given),
            None => Job::default(),
        };
        for (key, label) in [("pre-steps", "pre-steps"), ("post-steps", "post-steps")] {
            if let Some(steps) = options.get(key) {
                let around = Around { title: format!("job {id}"), ..Around::default() };
                let mut more = Vec::new();
                self.steps(label, steps, &around, &given, 0, &mut more);
                if key == "pre-steps" {
                    job.steps.splice(0..0, more);
                } else {
                    job.steps.extend(more);
                }
            }
        }
        job.id = format!("{workflow}/{id}");
        job.id_span = pair.map_or(item.span, |pair| pair.key.span);
        job.span = item.span;
        let mut goes_on = false;
        for need in options.get("requires").map(Node::items).unwrap_or_default() {
            if let Some(need) = need.as_str() {
                job.needs.push(format!("{workflow}/{need}"));
            } else if let Some(pair) = need.pairs().first() {
                // `- check: [success, failed]`: how that job ended is no matter.
                job.needs.push(format!("{workflow}/{}", pair.key.as_str().unwrap_or("")));
                goes_on |= pair
                    .value
                    .strings()
                    .iter()
                    .any(|(status, _)| matches!(*status, "failed" | "not_run" | "terminal"));
            }
        }
        job.condition = self.condition(whole, options, goes_on);
        if let Some(context) = options.pair("context") {
            let names: Vec<&str> = context.value.strings().iter().map(|(name, _)| *name).collect();
            job.environment = Some(Setting {
                name: "context".to_owned(),
                value: names.join(" "),
                span: context.key.span.to(context.value.span),
            });
        }
        let group =
            options.pair("serial-group").or_else(|| definition.and_then(|body| body.pair("serial-group")));
        if let Some(group) = group {
            job.concurrency = Some(Concurrency {
                span: group.key.span.to(group.value.span),
                group: group.value.as_str().unwrap_or("").to_owned(),
                cancel: String::new(),
                cancel_span: None,
            });
        }
        if let Some(matrix) = options.path(&["matrix", "parameters"]) {
            let empty = matrix.pairs().iter().any(|axis| axis.value.items().is_empty());
            job.matrix = Some(Matrix { span: matrix.span, may_be_empty: empty });
        }
        job
    }

    fn condition(&mut self, whole: &Node, options: &Node, goes_on: bool) -> Option<Setting> {
        let mut all: Vec<String> = Vec::new();
        let mut span: Option<Span> = None;
        let mut note = |pair: &Pair| {
            let here = pair.key.span.to(pair.value.span);
            span = Some(span.map_or(here, |have| have.to(here)));
        };
        for key in ["when", "unless"] {
            if let Some(pair) = whole.pair(key) {
                let text = self.logic(&pair.value, 0);
                all.push(if key == "when" { text } else { format!("!({text})") });
                note(pair);
            }
        }
        // A workflow with a schedule runs by that alone.
        if let Some(pair) = whole.pair("triggers") {
            all.push("ci.source == 'schedule'".to_owned());
            note(pair);
        }
        let filters = options.get("filters");
        if let Some(pair) = filters.and_then(|filters| filters.pair("branches")) {
            if let Some(only) =
                pair.value.get("only").or_else(|| (!pair.value.is_mapping()).then_some(&pair.value))
            {
                all.push(format!("({})", self.branches(only)));
            }
            if let Some(ignore) = pair.value.get("ignore") {
                all.push(format!("!({})", self.branches(ignore)));
            }
            note(pair);
        }
        if goes_on {
            all.push("always()".to_owned());
            let pair = options.pair("requires")?;
            note(pair);
        }
        Some(Setting { name: "filters".to_owned(), value: all.join(" && "), span: span? })
    }

    fn branches(&mut self, node: &Node) -> String {
        let any: Vec<String> = node
            .strings()
            .iter()
            .map(|(branch, _)| match slashed(branch) {
                Some(pattern) => matches("ci.branch", &format!("^(?:{pattern})$")),
                None if branch.contains('*') => matches("ci.branch", &glob(branch)),
                None => {
                    self.literals.push((*branch).to_owned());
                    format!("ci.branch == {}", quoted(branch))
                }
            })
            .collect();
        if any.is_empty() { "false".to_owned() } else { any.join(" || ") }
    }

    /// `and`, `or`, `not`, `equal` and `matches` over what the provider knows of the run.
    fn logic(&mut self, node: &Node, depth: usize) -> String {
        if depth > MAX_DEPTH {
            return "ci.unknown".to_owned();
        }
        if let Some(text) = node.as_str() {
            return value(text, &mut self.literals, false);
        }
        let Some(pair) = node.pairs().first() else { return "ci.unknown".to_owned() };
        let items = pair.value.items();
        match pair.key.as_str() {
            Some(key @ ("and" | "or")) => {
                let parts: Vec<String> = items.iter().map(|item| self.logic(item, depth + 1)).collect();
                format!("({})", parts.join(if key == "and" { " && " } else { " || " }))
            }
            Some("not") => format!("!({})", self.logic(&pair.value, depth + 1)),
            Some("equal") => match items {
                [one, two] => {
                    let sides: Vec<String> = [one, two]
                        .iter()
                        .map(|side| value(side.as_str().unwrap_or(""), &mut self.literals, true))
                        .collect();
                    format!("({})", sides.join(" == "))
                }
                _ => "ci.unknown".to_owned(),
            },
            Some("matches") => {
                let pattern = pair.value.get("pattern").and_then(Node::as_str).unwrap_or("");
                let held = pair.value.get("value").and_then(Node::as_str).unwrap_or("");
                let pattern = pattern.trim_matches('/');
                matches(&value(held, &mut self.literals, true), &format!("^(?:{pattern})$"))
            }
            _ => "ci.unknown".to_owned(),
        }
    }

    fn body(&mut self, name: &str, body: &Node, given: &Given) -> Job {
        let mut around = Around { title: format!("job {name}"), ..Around::default() };
        let executor =
            body.get("executor").and_then(|e| e.as_str().or_else(|| e.get("name").and_then(Node::as_str)));
        let executor = executor.and_then(|name| self.root.get("executors").and_then(|all| all.get(name)));
        for place in [executor, Some(body)].into_iter().flatten() {
            let images = place.get("docker").map(Node::items).unwrap_or_default();
            // The first image is the job's; the others are services beside it.
            around.add(images.first().and_then(|image| image.get("environment")));
            around.services.extend(
                images.iter().skip(1).filter_map(|image| Some(image.get("name")?.as_str()?.to_owned())),
            );
            around.add(place.get("environment"));
        }
        around.directory = body.get("working_directory").and_then(Node::as_str).map(directory);
        let mut steps = Vec::new();
        if let Some(node) = body.get("steps") {
            self.steps("step", node, &around, given, 0, &mut steps);
        }
        Job { id: name.to_owned(), env: around.settings(), steps, ..Job::default() }
    }

    fn steps(
        &mut self,
        label: &str,
        node: &Node,
        around: &Around,
        given: &Given,
        depth: usize,
        out: &mut Vec<Step>,
    ) {
        for item in node.items() {
            if self.steps >= MAX_STEPS || depth > MAX_DEPTH {
                self.left.get_or_insert(item.span);
                return;
            }
            self.steps += 1;
            let (name, body) = match item.as_str() {
                Some(name) => (name, None),
                None => match item.pairs().first() {
                    Some(pair) => (pair.key.as_str().unwrap_or(""), Some(&pair.value)),
                    None => continue,
                },
            };
            match (name, body) {
                ("run", Some(body)) => out.extend(self.run(label, out.len(), body, around, given)),
                ("when" | "unless", Some(body)) => {
                    let before = out.len();
                    if let Some(inner) = body.get("steps") {
                        self.steps(label, inner, around, given, depth + 1, out);
                    }
                    let held = body.get("condition").map(|c| parameter(c, given));
                    let text = held
                        .flatten()
                        .map_or("ci.unknown".to_owned(), |on| (on == (name == "when")).to_string());
                    if text != "true" {
                        for step in out.iter_mut().skip(before) {
                            let span = body.get("condition").map_or(body.span, |c| c.span);
                            step.condition =
                                Some(Setting { name: name.to_owned(), value: text.clone(), span });
                        }
                    }
                }
                _ => {
                    let command = self.root.get("commands").and_then(|all| all.get(name));
                    let Some(command) = command else { continue };
                    let mut inner = defaults(command);
                    for pair in body.map(Node::pairs).unwrap_or_default() {
                        if let (Some(key), Some(text)) = (pair.key.as_str(), pair.value.as_str()) {
                            inner.insert(
                                key.to_owned(),
                                filled(text, given).unwrap_or_else(|| text.to_owned()),
                            );
                        }
                    }
                    if let Some(steps) = command.get("steps") {
                        self.steps(label, steps, around, &inner, depth + 1, out);
                    }
                }
            }
        }
    }

    fn run(
        &mut self,
        label: &str,
        index: usize,
        body: &Node,
        around: &Around,
        given: &Given,
    ) -> Option<Step> {
        let command = if body.is_mapping() { body.get("command")? } else { body };
        let program: Program = script::program(&[(command.as_scalar()?, command.span)])?;
        let program = program.filled("<<", ">>", &|inner| {
            inner.strip_prefix("parameters.").and_then(|name| given.get(name)).cloned()
        });
        let mut around = around.clone();
        around.add(body.get("environment"));
        if let Some(folder) = body.get("working_directory").and_then(Node::as_str) {
            around.directory = Some(directory(folder));
        }
        let shell = body.get("shell").and_then(Node::as_str).map_or(SHELL, |shell| {
            let flags: Vec<&str> = shell.split_whitespace().filter(|word| word.starts_with('-')).collect();
            Shell {
                errexit: flags.iter().any(|flag| !flag.starts_with("--") && flag.contains('e')),
                pipefail: shell.contains("pipefail"),
            }
        });
        let name = body.get("name").and_then(Node::as_str).unwrap_or("");
        let label = if name.is_empty() {
            format!("{label} {}", index + 1)
        } else {
            format!("{label} {} ({name})", index + 1)
        };
        let mut step = around.step(self.input, &label, &program, shell, None);
        let mut settings = step.env;
        let mut own = Around::default();
        own.add(body.get("environment"));
        settings.extend(own.settings());
        step.env = settings;
        if let Some(when) = body.pair("when") {
            let text = match when.value.as_str() {
                Some("always") => "always()",
                Some("on_fail") => "failure()",
                _ => "success()",
            };
            step.condition = (text != "success()").then(|| Setting {
                name: "when".to_owned(),
                value: text.to_owned(),
                span: when.key.span.to(when.value.span),
            });
        }
        Some(step)
    }
}

/// A condition that is one parameter, and whether it holds.
fn parameter(node: &Node, given: &Given) -> Option<bool> {
    let text = filled(node.as_str()?, given)?;
    Some(!matches!(text.as_str(), "" | "false" | "null" | "0"))
}

/// Defaults of a command's or a job's parameters.
fn defaults(body: &Node) -> Given {
    let pairs = body.get("parameters").map(Node::pairs).unwrap_or_default();
    pairs
        .iter()
        .filter_map(|pair| {
            Some((pair.key.as_str()?.to_owned(), pair.value.get("default")?.as_str()?.to_owned()))
        })
        .collect()
}

/// A text in which every parameter is known.
fn filled(text: &str, given: &Given) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<<") {
        let (inner, behind) = after.split_once(">>")?;
        out.push_str(before);
        out.push_str(given.get(inner.trim().strip_prefix("parameters.")?)?);
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

/// What a text of a condition stands for.
fn value(text: &str, literals: &mut Vec<String>, compared: bool) -> String {
    let Some(inner) = text.trim().strip_prefix("<<").and_then(|rest| rest.strip_suffix(">>")) else {
        if compared {
            literals.push(text.to_owned());
            return quoted(text);
        }
        return (!matches!(text, "" | "false" | "0")).to_string();
    };
    match inner.trim() {
        "pipeline.git.branch" => "ci.branch",
        "pipeline.git.tag" => "ci.tag",
        "pipeline.git.branch.is_default" => "(ci.branch == ci.default_branch)",
        _ => "ci.unknown",
    }
    .to_owned()
}

/// `~/project` is where the repository is.
fn directory(text: &str) -> String {
    let rest = text.strip_prefix("~/project").or_else(|| text.strip_prefix("~/repo")).unwrap_or(text);
    if rest.starts_with('~') || rest.contains(['$', '<']) {
        return ".".to_owned();
    }
    crate::lang::joined(".", rest.trim_start_matches('/'))
}
