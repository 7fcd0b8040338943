//! `.gitlab-ci.yml`: stages, jobs put together from templates and other files, and their scripts.

use super::merge::{self, Copies};
use super::rules;
use super::script::{self, Around, Shell};
use crate::lang::Input;
use crate::lang::yaml::{self, Node, Pair, Value};
use crate::words::flow::Problem;
use crate::words::pipeline::{Concurrency, Job, Pipeline, Provider, Setting, Trigger};
use crate::words::span::{OffsetMap, Span};

/// The runner joins the lines and starts them so.
const SHELL: Shell = Shell { errexit: true, pipefail: true };

const NO_JOBS: [&str; 14] = [
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "types",
    "!reference",
    "<<",
];

/// One file of a pipeline. Its spans start at `base`, so that all files have places of their own.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub path: &'a str,
    pub text: &'a str,
    pub base: usize,
}

/// A file for itself: what it holds is started, whoever includes it.
pub(super) fn single(input: Input<'_>) -> (Pipeline, Vec<Problem>) {
    let parsed = yaml::parse(input);
    let Some(root) = main(&parsed) else { return (Pipeline::default(), parsed.problems) };
    let mut used: Vec<&str> = Vec::new();
    for pair in root.pairs() {
        used.extend(
            pair.value.get("extends").map(Node::strings).unwrap_or_default().iter().map(|(name, _)| *name),
        );
    }
    let reader = Reader { input, root };
    let pipeline = reader.pipeline(&|name| name.starts_with('.') && used.contains(&name));
    (pipeline, parsed.problems)
}

/// The pipeline that files make together; the first is the one that includes the others.
#[must_use]
pub fn assembled(parts: &[Part<'_>]) -> Pipeline {
    let mut copies = Copies::new();
    let mut whole: Option<Node> = None;
    // What includes lies over what is included, and of the included ones the later over the earlier.
    let (Some(first), others) = (parts.first(), parts.get(1..).unwrap_or_default()) else {
        return Pipeline::default();
    };
    let mut main_span = None;
    for part in others.iter().chain([first]) {
        let map = OffsetMap::shifted(part.base);
        let parsed = yaml::parse(Input { path: part.path, text: part.text, map: &map });
        let Some(root) = main(&parsed) else { continue };
        if part.base == first.base {
            main_span = Some(root.span);
        }
        whole = Some(match whole {
            Some(under) => merge::laid_over(&under, root, &mut copies),
            None => root.clone(),
        });
    }
    let Some(whole) = whole else { return Pipeline::default() };
    let map = OffsetMap::shifted(first.base);
    let reader = Reader { input: Input { path: first.path, text: first.text, map: &map }, root: &whole };
    let mut pipeline = reader.pipeline(&|name| name.starts_with('.'));
    pipeline.span = main_span.unwrap_or(whole.span);
    pipeline
}

/// Files of the repository that a file includes, as written without the leading slash.
#[must_use]
pub fn included(text: &str) -> Vec<String> {
    let map = OffsetMap::identity();
    let parsed = yaml::parse(Input { path: "", text, map: &map });
    main(&parsed).and_then(|root| root.get("include")).map(locals).unwrap_or_default()
}

/// Files of the repository that jobs start as pipelines of their own.
#[must_use]
pub fn started(text: &str) -> Vec<String> {
    let map = OffsetMap::identity();
    let parsed = yaml::parse(Input { path: "", text, map: &map });
    let jobs = main(&parsed).map(Node::pairs).unwrap_or_default();
    jobs.iter().filter_map(|job| job.value.path(&["trigger", "include"])).flat_map(locals).collect()
}

fn locals(node: &Node) -> Vec<String> {
    let one = |node: &Node| {
        let path = node.as_str().or_else(|| node.get("local").and_then(Node::as_str))?;
        (!path.contains("://")).then(|| path.trim_start_matches("./").trim_start_matches('/').to_owned())
    };
    match &node.value {
        Value::Sequence(items) => items.iter().filter_map(one).collect(),
        _ => one(node).into_iter().collect(),
    }
}

/// A file may begin with a document that declares its inputs.
fn main(parsed: &yaml::Parsed) -> Option<&Node> {
    parsed.documents.iter().find(|document| document.get("spec").is_none() && document.is_mapping())
}

struct Reader<'a> {
    input: Input<'a>,
    root: &'a Node,
}

impl Reader<'_> {
    fn pipeline(&self, left_out: &dyn Fn(&str) -> bool) -> Pipeline {
        let mut copies = Copies::new();
        let root = self.root;
        let start = Span { start: root.span.start, end: root.span.start };
        let mut literals = Vec::new();
        let workflow =
            root.path(&["workflow", "rules"]).map(|rules| rules::of_rules(rules, None, &mut literals));
        let mut around = Around::default();
        around.add(root.get("variables"));
        let stages = self.stages();
        let mut jobs: Vec<(Job, usize, bool)> = Vec::new();
        for pair in root.pairs() {
            let Some(name) = pair.key.as_str() else { continue };
            if NO_JOBS.contains(&name) || left_out(name) || !pair.value.is_mapping() {
                continue;
            }
            let body = merge::job(root, &pair.value, &mut copies);
            let stage = body.get("stage").and_then(Node::as_str).unwrap_or("test").to_owned();
            let order = match stage.as_str() {
                ".pre" => 0,
                ".post" => stages.len() + 1,
                _ => stages.iter().position(|have| *have == stage).map_or(stages.len(), |at| at + 1),
            };
            let explicit = body.get("needs").is_some();
            let job = self.job(name, pair, &body, &around, workflow.as_deref(), &mut literals);
            jobs.push((job, order, explicit));
        }
        // Without `needs`, a job waits for every job of the stages before its own.
        let ranks: Vec<(String, usize)> =
            jobs.iter().map(|(job, order, _)| (job.id.clone(), *order)).collect();
        let jobs = jobs
            .into_iter()
            .map(|(mut job, order, explicit)| {
                if !explicit {
                    job.needs =
                        ranks.iter().filter(|(_, other)| *other < order).map(|(id, _)| id.clone()).collect();
                }
                job
            })
            .collect();
        literals.sort();
        literals.dedup();
        let trigger = |event: &str| Trigger { event: event.to_owned(), span: start, ..Trigger::default() };
        Pipeline {
            provider: Provider::GitLab,
            branches: literals,
            span: root.span,
            triggers: ["pull_request", "branch", "push"].map(trigger).to_vec(),
            env: around.settings(),
            jobs,
            ..Pipeline::default()
        }
    }

    fn stages(&self) -> Vec<String> {
        let named = self.root.get("stages").or_else(|| self.root.get("types"));
        match named.map(Node::strings) {
            Some(stages) if !stages.is_empty() => {
                stages.iter().map(|(stage, _)| (*stage).to_owned()).collect()
            }
            _ => {
                // A file that another one includes has no list of its own: its stages come as written.
                let mut stages = ["build", "test", "deploy"].map(str::to_owned).to_vec();
                for pair in self.root.pairs() {
                    let stage = pair.value.get("stage").and_then(Node::as_str).unwrap_or("test");
                    if !stages.iter().any(|have| have == stage) && !stage.starts_with('.') {
                        stages.push(stage.to_owned());
                    }
                }
                stages
            }
        }
    }

    /// A key of the job, else of `default`, else of the whole file.
    fn inherited<'n>(&'n self, body: &'n Node, key: &str) -> Option<&'n Node> {
        let shut = body.path(&["inherit", "default"]).and_then(Node::as_str) == Some("false");
        let outer = || self.root.path(&["default", key]).or_else(|| self.root.get(key));
        body.get(key).or_else(|| if shut { None } else { outer() })
    }

    fn job(
        &self,
        name: &str,
        pair: &Pair,
        body: &Node,
        whole: &Around,
        workflow: Option<&str>,
        literals: &mut Vec<String>,
    ) -> Job {
        let mut around = whole.clone();
        around.title = format!("job {name}");
        around.add(body.get("variables"));
        let own: Vec<Setting> = {
            let mut own = Around::default();
            own.add(body.get("variables"));
            let names = own.settings();
            around.settings().into_iter().filter(|s| names.iter().any(|n| n.name == s.name)).collect()
        };
        around.services = self.inherited(body, "services").map(services).unwrap_or_default();
        let mut copies = Copies::new();
        let mut steps = Vec::new();
        let resolved =
            |node: Option<&Node>, copies: &mut Copies| node.map(|n| merge::job(self.root, n, copies));
        let before = resolved(self.inherited(body, "before_script"), &mut copies);
        let after = resolved(self.inherited(body, "after_script"), &mut copies);
        let mut lines = Vec::new();
        if let Some(script) = body.get("script") {
            lines.extend(before.as_ref().map(script::scalars).unwrap_or_default());
            let main = script::scalars(script);
            let at = main.first().map(|(_, span)| *span);
            lines.extend(main);
            if let Some(mut program) = script::program(&lines) {
                program.span = at.unwrap_or(program.span);
                let program = program.filled("$[[", "]]", &|_| None);
                steps.push(around.step(self.input, "script", &program, SHELL, None));
            }
            // What comes after the job has ended changes nothing of how it ended.
            if let Some(node) = &after
                && let Some(program) = script::program(&script::scalars(node))
            {
                let program = program.filled("$[[", "]]", &|_| None);
                steps.push(around.step(self.input, "after_script", &program, SHELL, Some(program.span)));
            }
        }
        let tolerated = tolerated(body);
        if let Some(said) = &tolerated {
            // What the job may do unseen, each of its scripts may.
            for run in steps.iter_mut().filter_map(|step| step.run.as_mut()) {
                run.tolerated = run.tolerated.or(Some(said.span));
            }
        }
        let (text, span) = condition(pair, body, workflow, literals);
        let needs = body.get("needs").map(Node::items).unwrap_or_default();
        let need =
            |node: &Node| node.as_str().or_else(|| node.get("job").and_then(Node::as_str)).map(str::to_owned);
        Job {
            id: name.to_owned(),
            runs_without: true,
            span: pair.key.span.to(pair.value.span),
            id_span: pair.key.span,
            needs: needs.iter().filter_map(need).collect(),
            condition: Some(Setting { name: "rules".to_owned(), value: text, span }),
            environment: body.pair("environment").and_then(environment),
            concurrency: self.concurrency(body),
            tolerated,
            env: own,
            uses: started_by(body),
            steps,
            ..Job::default()
        }
    }

    fn concurrency(&self, body: &Node) -> Option<Concurrency> {
        let interruptible = body
            .pair("interruptible")
            .or_else(|| self.root.get("default").and_then(|d| d.pair("interruptible")))
            .filter(|pair| pair.value.as_str() == Some("true"));
        let group = body.pair("resource_group");
        let span = group.or(interruptible).map(|pair| pair.key.span.to(pair.value.span))?;
        Some(Concurrency {
            span,
            group: group.and_then(|pair| pair.value.as_str()).unwrap_or_default().to_owned(),
            cancel: interruptible.map(|_| "true".to_owned()).unwrap_or_default(),
            cancel_span: interruptible.map(|pair| pair.key.span.to(pair.value.span)),
        })
    }
}

/// Names under which the containers beside the job are reached.
fn services(node: &Node) -> Vec<String> {
    let mut out = Vec::new();
    for item in node.items() {
        if let Some(alias) = item.get("alias").and_then(Node::as_str) {
            out.extend(alias.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned));
        }
        if let Some(image) = item.as_str().or_else(|| item.get("name").and_then(Node::as_str)) {
            let untagged = image.split('@').next().unwrap_or(image);
            let last = untagged.rsplit('/').next().unwrap_or(untagged);
            let plain = last.split(':').next().unwrap_or(last);
            let path = untagged.strip_suffix(last).unwrap_or("");
            out.extend([
                plain.to_owned(),
                format!("{path}{plain}").replace('/', "-"),
                format!("{path}{plain}").replace('/', "__"),
            ]);
        }
    }
    out
}

fn environment(pair: &Pair) -> Option<Setting> {
    let name = if pair.value.is_mapping() { pair.value.get("name")? } else { &pair.value };
    Some(Setting {
        name: "environment".to_owned(),
        value: name.as_str()?.to_owned(),
        span: pair.key.span.to(name.span),
    })
}

/// `allow_failure` of the job or of one of its rules.
fn tolerated(body: &Node) -> Option<Setting> {
    let of = |node: &Node| {
        let pair = node.pair("allow_failure")?;
        let never = pair.value.as_str() == Some("false") || pair.value.is_null();
        (!never).then(|| Setting {
            name: "allow_failure".to_owned(),
            value: "true".to_owned(),
            span: pair.key.span.to(pair.value.span),
        })
    };
    of(body).or_else(|| body.get("rules").map(Node::items).unwrap_or_default().iter().find_map(of))
}

/// A job that starts another file of the repository as a pipeline.
fn started_by(body: &Node) -> Option<Setting> {
    let trigger = body.get("trigger")?;
    let include = trigger.get("include")?;
    let path = locals(include).into_iter().next()?;
    Some(Setting { name: "trigger".to_owned(), value: format!("./{path}"), span: trigger.span })
}

/// What decides whether the job runs, and where that stands.
fn condition(pair: &Pair, body: &Node, workflow: Option<&str>, literals: &mut Vec<String>) -> (String, Span) {
    let found = ["rules", "only", "except", "when"].iter().find_map(|key| body.pair(key));
    let span = found.map_or(pair.key.span, |pair| pair.key.span.to(pair.value.span));
    let own = match body.get("rules") {
        Some(list) => rules::of_rules(list, body.get("when").and_then(Node::as_str), literals),
        // Jobs without rules run for branches and tags only, unless rules say when there is a pipeline.
        None => rules::of_filters(body, workflow.is_none(), literals),
    };
    (workflow.map_or_else(|| own.clone(), |workflow| format!("({workflow}) && ({own})")), span)
}
