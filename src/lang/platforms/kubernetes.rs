//! Kubernetes manifests: the containers of every workload, with their commands and variables. The task
//! definitions of ECS hold theirs in the same way, under other names.
//!
//! Helm templates are read as far as they are YAML once what the engine fills in is blanked out.

use super::start::{Start, words};
use crate::knowledge::image;
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered, setting};
use crate::words::entry::EntryKind;
use crate::words::flow::{Dialect, EnvSetting, Expr, ExprKind, Problem, Unit};
use crate::words::span::Span;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let blanked = input.text.contains("{{").then(|| blanked(input.text));
    let text = blanked.as_deref().unwrap_or(input.text);
    let parsed = yaml::parse(Input { text, ..input });
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    if blanked.is_some() && !out.problems.is_empty() {
        let span = out.problems.first().map_or_else(Span::default, |problem| problem.span);
        let what = "this Helm template is no YAML before its engine has run".to_owned();
        out.problems = vec![Problem { span, what }];
    }
    let mut reader = Reader { start: Start::new(input, EntryKind::Container), out: &mut out };
    // Images are built from the repository; where in it they start is not said here.
    reader.start.directory = Some(".".to_owned());
    for document in &parsed.documents {
        reader.resource(document);
    }
    out
}

struct Reader<'a> {
    start: Start<'a>,
    out: &'a mut Lowered,
}

impl Reader<'_> {
    fn resource(&mut self, document: &Node) {
        let kind = document.get("kind").and_then(Node::as_str).unwrap_or("resource");
        let name = document.path(&["metadata", "name"]).and_then(Node::as_str).unwrap_or("");
        let title = format!("{kind} {name}");
        if kind == "List" {
            for item in document.get("items").map(Node::items).unwrap_or_default() {
                self.resource(item);
            }
            return;
        }
        self.look(document, title.trim_end());
    }

    /// Containers stand at different depths in a `Deployment`, a `CronJob`, a `Rollout` and a `Workflow`.
    fn look(&mut self, node: &Node, title: &str) {
        for pair in node.pairs() {
            match pair.key.as_str() {
                Some(
                    "initContainers"
                    | "containers"
                    | "containerDefinitions"
                    | "ContainerDefinitions"
                    | "containerOverrides",
                ) => {
                    for container in pair.value.items() {
                        self.container(container, title);
                    }
                }
                Some("container" | "script") if pair.value.get("image").is_some() => {
                    self.container(&pair.value, title);
                }
                _ => self.look(&pair.value, title),
            }
        }
        for item in node.items() {
            self.look(item, title);
        }
    }

    fn container(&mut self, container: &Node, title: &str) {
        let name = container.get("name").and_then(Node::as_str).unwrap_or("");
        let title = format!("{title}, container {name}");
        self.start.env = environment(container);
        let mut all = Vec::new();
        for key in ["entryPoint", "EntryPoint", "command", "Command", "args"] {
            all.extend(container.get(key).map(expressions).unwrap_or_default());
        }
        // (In ECS `command` is what `args` is in Kubernetes.)
        let replaced = if container.get("essential").is_some() { "entryPoint" } else { "command" };
        let image = container.get("image").filter(|_| container.get(replaced).is_none());
        if let Some((image, program)) =
            image.and_then(|image| Some((image, image::program(image.as_str()?)?)))
            && !all.is_empty()
        {
            all.insert(0, Expr::text(program, image.span));
        }
        // Without a command the image's own holds; the variables count all the same.
        let span =
            all.first().zip(all.last()).map_or(container.span, |(first, last)| first.span.to(last.span));
        let unit = if all.is_empty() { Unit::empty(Dialect::Shell) } else { words(all, span) };
        self.out.entries.push(self.start.entry(title.clone(), unit, span));
        if let Some(source) = container.get("source").and_then(Node::as_scalar) {
            let entry = self.start.shell(format!("{title}, script"), &source.text, &source.map, false);
            self.out.entries.push(entry);
        }
        for path in [
            ["lifecycle", "postStart", "exec", "command"].as_slice(),
            &["lifecycle", "preStop", "exec", "command"],
            &["livenessProbe", "exec", "command"],
            &["readinessProbe", "exec", "command"],
            &["startupProbe", "exec", "command"],
        ] {
            let all = container.path(path).map(expressions).unwrap_or_default();
            let Some(span) = all.first().zip(all.last()).map(|(first, last)| first.span.to(last.span)) else {
                continue;
            };
            let what = path.first().copied().unwrap_or("");
            self.out.entries.push(self.start.entry(format!("{title}, {what}"), words(all, span), span));
        }
    }
}

/// Words as they are; what Helm fills in is a variable that only the run knows.
fn expressions(node: &Node) -> Vec<Expr> {
    let items: Vec<&Node> = if node.items().is_empty() { vec![node] } else { node.items().iter().collect() };
    items
        .into_iter()
        .filter_map(|item| {
            let scalar = item.as_scalar()?;
            let mut word = if scalar.text.contains(HOLE) {
                setting::interpolated(&scalar.text, &scalar.map, false)
            } else {
                Expr::text(scalar.text.clone(), item.span)
            };
            // A whole program in a word keeps its own places.
            if !scalar.text.contains('\n') {
                word.span = item.span;
            }
            Some(word)
        })
        .collect()
}

fn environment(container: &Node) -> Vec<EnvSetting> {
    let items = container.get("env").or_else(|| container.get("environment"));
    let items = items.map(Node::items).unwrap_or_default();
    items
        .iter()
        .filter_map(|item| {
            let name = item.get("name")?.as_str()?;
            let value = match item.get("value").and_then(Node::as_scalar) {
                Some(scalar) => setting::interpolated(&scalar.text, &scalar.map, false),
                None => Expr::new(ExprKind::Variable(name.to_owned()), item.span),
            };
            Some(EnvSetting { name: name.to_owned(), value, span: item.span })
        })
        .collect()
}

/// Stands for what the template engine fills in; as long as what it stands for.
const HOLE: &str = "$HELM";

/// Lines that hold nothing but `{{ … }}` steer the engine, and are blanked out; a value in between
/// becomes a variable. Every offset stays where it was.
fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut comment = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let steers = bare.starts_with("{{") && bare.ends_with("}}") && !bare.contains("}}:");
        if comment || steers || bare.starts_with("{{") && !bare.contains("}}") {
            comment = !bare.contains("}}");
            out.extend(
                line.chars().map(|c| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) }),
            );
            continue;
        }
        let mut rest = line;
        while let Some(start) = rest.find("{{") {
            let Some(length) = rest.get(start..).and_then(|r| r.find("}}")).map(|at| at + 2) else { break };
            out.push_str(rest.get(..start).unwrap_or(""));
            let held = rest.get(start..start + length).unwrap_or("").len();
            out.push_str(HOLE.get(..held.min(HOLE.len())).unwrap_or(HOLE));
            out.push_str(&"_".repeat(held.saturating_sub(HOLE.len())));
            rest = rest.get(start + length..).unwrap_or("");
        }
        out.push_str(rest);
    }
    out
}
