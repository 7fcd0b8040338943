//! `tox.ini`: the commands of its environments.

use super::start::{Start, lines};
use crate::lang::{Input, Lowered};
use crate::words::entry::EntryKind;
use crate::words::span::OffsetMap;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let start = Start::new(input, EntryKind::Platform);
    let (mut section, mut inside) = (String::new(), false);
    for (at, line) in lines(input.text) {
        let indented = line.starts_with([' ', '\t']);
        let said = line.trim();
        if said.is_empty() || said.starts_with(['#', ';']) {
            continue;
        }
        let mut command = line;
        if !indented {
            inside = false;
            if let Some(name) = said.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            inside = section.starts_with("testenv")
                && matches!(key.trim(), "commands" | "commands_pre" | "commands_post");
            command = value;
        }
        let lead = line.len() - command.trim_start().len();
        // `-` in front: its failure does not count; `!`: its success does not.
        let tolerated = command.trim_start().starts_with('-');
        let marks =
            command.trim_start().len() - command.trim_start().trim_start_matches(['-', '!', ' ']).len();
        let text = command.trim().get(marks..).unwrap_or_default();
        if !inside || text.is_empty() {
            continue;
        }
        let map = input.map.compose(&OffsetMap::shifted(at + lead + marks));
        let mut entry = start.shell(format!("tox {section}"), &as_shell(text), &map, false);
        entry.tolerated = tolerated.then_some(entry.span);
        out.entries.push(entry);
    }
    out
}

/// tox's own references in the words of a shell, at the same places.
fn as_shell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let Some(close) = from.find('}') else {
            rest = from;
            break;
        };
        let (reference, after) = from.split_at(close + 1);
        let inner = reference.trim_matches(['{', '}']);
        let mut written = match inner.split_once(':') {
            Some(("env", name)) => format!("${}", name.split(':').next().unwrap_or(name)),
            // `.//////.` is the folder at hand, as long as the reference.
            _ if matches!(inner, "toxinidir" | "tox_root") => format!(".{}.", "/".repeat(inner.len())),
            _ => String::new(),
        };
        while written.len() < reference.len() {
            written.push(' ');
        }
        out.push_str(&written);
        rest = after;
    }
    out.push_str(rest);
    out
}
