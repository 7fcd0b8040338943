//! Taskfiles: tasks, what they need, and the commands that each runs.

use super::start::Start;
use crate::lang::ci::script;
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered, joined};
use crate::words::entry::EntryKind;
use crate::words::flow::EnvSetting;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let parsed = yaml::parse(input);
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    let Some(root) = parsed.root() else { return out };
    let common = env(root.get("env"));
    for pair in root.get("tasks").map(Node::pairs).unwrap_or_default() {
        let Some(name) = pair.key.as_str() else { continue };
        let body = &pair.value;
        let cmds = if body.is_mapping() { body.get("cmds").or_else(|| body.get("cmd")) } else { Some(body) };
        let mut start = Start::new(input, EntryKind::MakeTarget);
        start.env.clone_from(&common);
        start.env.extend(env(body.get("env")));
        for list in [root.get("dotenv"), body.get("dotenv")].into_iter().flatten() {
            let named = list.strings().into_iter().map(|(file, span)| (file.to_owned(), span));
            start.env_files.extend(named);
        }
        if let (Some(folder), Some(directory)) = (&start.directory, body.get("dir").and_then(Node::as_str)) {
            start.directory = (!directory.contains("{{")).then(|| joined(folder, directory));
        }
        let items = cmds.map_or(Vec::new(), |node| {
            if node.items().is_empty() { vec![node] } else { node.items().iter().collect() }
        });
        for item in items {
            let Some(scalar) = item.as_scalar().or_else(|| item.get("cmd").and_then(Node::as_scalar)) else {
                continue;
            };
            let Some(program) = script::program(&[(scalar, item.span)]) else { continue };
            let program = program.filled("{{", "}}", &|_| None);
            let mut entry = start.shell(format!("task {name}"), &program.text, &program.map, true);
            entry.span = item.span;
            name.clone_into(&mut entry.name);
            entry.needs = needs(body);
            let ignores = item.pair("ignore_error").or_else(|| body.pair("ignore_error"));
            entry.tolerated = ignores
                .filter(|pair| pair.value.as_str() == Some("true"))
                .map(|pair| pair.key.span.to(pair.value.span));
            out.entries.push(entry);
        }
    }
    out
}

fn needs(body: &Node) -> Vec<String> {
    let deps = body.get("deps").map(Node::items).unwrap_or_default();
    let named = deps.iter().filter_map(|dep| dep.as_str().or_else(|| dep.get("task").and_then(Node::as_str)));
    named.map(str::to_owned).collect()
}

fn env(node: Option<&Node>) -> Vec<EnvSetting> {
    let pairs = node.map(Node::pairs).unwrap_or_default();
    pairs
        .iter()
        .filter_map(|pair| {
            let scalar = pair.value.as_scalar()?;
            Some(EnvSetting {
                name: pair.key.as_str()?.to_owned(),
                value: crate::lang::setting::interpolated(&scalar.text, &scalar.map, false),
                span: pair.key.span.to(pair.value.span),
            })
        })
        .collect()
}
