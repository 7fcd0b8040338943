//! mise: the tasks of a project, what they need, and the variables that it gives them.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::start::Start;
use crate::lang::ci::script::Program;
use crate::lang::{Input, Lowered, joined, surroundings};
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, Expr, Problem};
use crate::words::span::OffsetMap;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    // What it sets for whoever enters the folder is read like that of every other file of this kind.
    let mut out = surroundings::lower(input);
    let root = match DeTable::parse(input.text) {
        Ok(root) => root,
        Err(error) => {
            let span = input.map.span(error.span().unwrap_or(0..0));
            out.problems.push(Problem { span, what: error.message().to_owned() });
            return out;
        }
    };
    let root = root.get_ref();
    let mut common = Start::new(input, EntryKind::MakeTarget);
    // Settings of mise lie in folders of their own; its tasks run in the project.
    if let Some(folder) = &common.directory {
        let folder =
            [".config/mise", ".config", ".mise", "mise"].iter().find_map(|own| folder.strip_suffix(own));
        if let Some(project) = folder {
            common.directory = Some(project.trim_end_matches('/').to_owned());
        }
    }
    variables(root, input, &mut common);
    let tasks = root.get("tasks").and_then(|tasks| tasks.get_ref().as_table());
    for (name, task) in tasks.into_iter().flat_map(DeTable::iter) {
        let name = name.get_ref();
        let mut start = Start {
            env: common.env.clone(),
            env_files: common.env_files.clone(),
            ..Start::new(input, EntryKind::MakeTarget)
        };
        start.directory.clone_from(&common.directory);
        let mut needs = Vec::new();
        let mut run = vec![task];
        if let Some(body) = task.get_ref().as_table() {
            variables(body, input, &mut start);
            let directory = body.get("dir").and_then(|dir| dir.get_ref().as_str());
            if let (Some(folder), Some(directory)) = (&start.directory, directory) {
                start.directory = (!directory.contains("{{")).then(|| joined(folder, directory));
            }
            needs = ["depends", "wait_for"].iter().flat_map(|key| texts(body.get(*key))).collect();
            run = body.get("run").into_iter().collect();
            if let Some(file) = body.get("file") {
                run = vec![file];
            }
        }
        let run = run.into_iter().flat_map(|held| match held.get_ref() {
            DeValue::Array(list) => list.iter().collect(),
            _ => vec![held],
        });
        // Only its own: to look through all for each of very many tasks would take their square.
        let first = out.entries.len();
        for line in run {
            // A list may name other tasks between its commands.
            if let Some(body) = line.get_ref().as_table() {
                needs.extend(["task", "tasks"].iter().flat_map(|key| texts(body.get(*key))));
            }
            let Some(text) = line.get_ref().as_str() else { continue };
            let span = input.map.span(line.span());
            let program = Program { text: text.to_owned(), map: place(input, text, line.span()), span };
            // Its templates are filled in before the shell sees the text.
            let program = program.filled("{{", "}}", &|_| None);
            let mut entry = start.shell(format!("mise {name}"), &program.text, &program.map, true);
            entry.span = span;
            entry.name = name.to_string();
            out.entries.push(entry);
        }
        for entry in &mut out.entries[first..] {
            entry.needs.clone_from(&needs);
        }
    }
    out
}

/// Adds what `[env]` sets, and the files that it names.
fn variables(of: &DeTable<'_>, input: Input<'_>, start: &mut Start<'_>) {
    let env = of.get("env").and_then(|env| env.get_ref().as_table());
    for (key, value) in env.into_iter().flat_map(DeTable::iter) {
        if key.get_ref() == "_" {
            let files = value.get_ref().as_table().and_then(|own| own.get("file"));
            let span = input.map.span(value.span());
            start.env_files.extend(texts(files).into_iter().map(|file| (file, span)));
        } else if let Some(text) = value.get_ref().as_str() {
            let span = input.map.span(key.span().start..value.span().end);
            let value = Expr::text(text, input.map.span(value.span()));
            start.env.push(EnvSetting { name: key.get_ref().to_string(), value, span });
        }
    }
}

/// One text, or a list of them.
fn texts(value: Option<&Spanned<DeValue<'_>>>) -> Vec<String> {
    match value.map(Spanned::get_ref) {
        Some(DeValue::String(text)) => vec![text.to_string()],
        Some(DeValue::Array(list)) => {
            list.iter().filter_map(|item| item.get_ref().as_str()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// Offsets inside are exact as long as the text has no escapes; else its start is told.
fn place(input: Input<'_>, text: &str, range: Range<usize>) -> OffsetMap {
    let raw = input.text.get(range.clone()).unwrap_or("");
    if let Some(at) = raw.find(text) {
        return input.map.compose(&OffsetMap::shifted(range.start + at));
    }
    let mut map = OffsetMap::builder();
    for offset in 0..=text.len() {
        map.push(offset, input.map.host(range.start));
    }
    map
}
