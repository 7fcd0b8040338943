//! Deno: the tasks of `deno.json`, which `deno task` starts by name.

use jsonc_parser::ast::Value;

use super::start::Start;
use crate::lang::{Input, Lowered, json};
use crate::words::entry::EntryKind;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let root = match json::parse(input) {
        Ok(Some(Value::Object(root))) => root,
        Ok(_) => return out,
        Err(problem) => {
            out.problems.push(problem);
            return out;
        }
    };
    let start = Start::new(input, EntryKind::PackageScript);
    let tasks = root.get_object("tasks");
    for task in tasks.iter().flat_map(|tasks| &tasks.properties) {
        let name = task.name.as_str();
        let (literal, needs) = match &task.value {
            Value::Object(body) => {
                let needs = body.get_array("dependencies");
                let needs = needs.iter().flat_map(|list| &list.elements).filter_map(Value::as_string_lit);
                (body.get_string("command"), needs.map(|need| need.value.to_string()).collect())
            }
            value => (value.as_string_lit(), Vec::new()),
        };
        let Some(literal) = literal else { continue };
        let text = json::string(input, literal);
        let mut entry = start.shell(format!("deno task {name}"), &text.decoded, &text.map, false);
        entry.span = json::name_span(input, task).to(text.span);
        name.clone_into(&mut entry.name);
        entry.needs = needs;
        out.entries.push(entry);
    }
    out
}
