//! `pyproject.toml`: the tasks that its runners know, and their commands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::start::Start;
use crate::lang::{Input, Lowered};
use crate::words::entry::EntryKind;
use crate::words::flow::Problem;
use crate::words::span::OffsetMap;

/// Tables of tasks: poe, PDM, Rye, taskipy.
const TABLES: [[&str; 2]; 4] =
    [["poe", "tasks"], ["pdm", "scripts"], ["rye", "scripts"], ["taskipy", "tasks"]];

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let root = match DeTable::parse(input.text) {
        Ok(root) => root,
        Err(error) => {
            let span = input.map.span(error.span().unwrap_or(0..0));
            out.problems.push(Problem { span, what: error.message().to_owned() });
            return out;
        }
    };
    let start = Start::new(input, EntryKind::Platform);
    let tools = table(root.get_ref(), "tool");
    let poetry = tools.and_then(|tools| table(tools, "poetry"));
    // What it installs, people and machines start by its name.
    for of in [table(root.get_ref(), "project"), poetry].into_iter().flatten() {
        for (name, _) in table(of, "scripts").into_iter().flat_map(DeTable::iter) {
            let range = name.span();
            let mut map = OffsetMap::builder();
            for offset in 0..=name.get_ref().len() {
                map.push(offset, input.map.host(range.start));
            }
            let mut entry = start.shell(format!("program {}", name.get_ref()), name.get_ref(), &map, false);
            entry.span = input.map.span(range);
            out.entries.push(entry);
        }
    }
    let Some(tools) = tools else { return out };
    for [tool, tasks] in TABLES {
        let tasks = table(tools, tool).and_then(|tool| table(tool, tasks));
        for (name, task) in tasks.into_iter().flat_map(DeTable::iter) {
            command(&start, &format!("{tool} {}", name.get_ref()), task, &mut out);
        }
    }
    let hatch = table(tools, "hatch").and_then(|hatch| table(hatch, "envs"));
    for (_, env) in hatch.into_iter().flat_map(DeTable::iter) {
        let scripts = env.get_ref().as_table().and_then(|env| table(env, "scripts"));
        for (name, script) in scripts.into_iter().flat_map(DeTable::iter) {
            command(&start, &format!("hatch {}", name.get_ref()), script, &mut out);
        }
    }
    out
}

fn table<'t, 'a>(of: &'t DeTable<'a>, key: &str) -> Option<&'t DeTable<'a>> {
    of.get(key)?.get_ref().as_table()
}

/// A text, a list of them, or a table that holds one of these.
fn command(start: &Start<'_>, title: &str, of: &Spanned<DeValue<'_>>, out: &mut Lowered) {
    match of.get_ref() {
        DeValue::String(text) => {
            let range = of.span();
            let raw = start.input.text.get(range.clone()).unwrap_or("");
            // Offsets inside are exact as long as the text has no escapes; else its start is told.
            let map = if let Some(at) = raw.find(&**text) {
                start.input.map.compose(&OffsetMap::shifted(range.start + at))
            } else {
                let mut map = OffsetMap::builder();
                for offset in 0..=text.len() {
                    map.push(offset, start.input.map.host(range.start));
                }
                map
            };
            let mut entry = start.shell(title.to_owned(), text, &map, false);
            entry.span = start.input.map.span(range);
            out.entries.push(entry);
        }
        DeValue::Array(list) => {
            for item in list {
                command(start, title, item, out);
            }
        }
        DeValue::Table(body) => {
            for key in ["cmd", "shell", "sequence", "composite"] {
                if let Some(inner) = body.get(key) {
                    command(start, title, inner, out);
                }
            }
        }
        _ => {}
    }
}
