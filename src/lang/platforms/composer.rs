//! `composer.json`: its scripts, as Composer runs them.

use super::start::{Start, assignment};
use crate::lang::yaml::{self, Node};
use crate::lang::{Input, Lowered};
use crate::words::entry::EntryKind;
use crate::words::span::OffsetMap;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    // JSON is YAML, but for tabs, which are as long as a space.
    let spaced = input.text.replace('\t', " ");
    let parsed = yaml::parse(Input { text: &spaced, ..input });
    let mut out = Lowered { problems: parsed.problems.clone(), ..Lowered::default() };
    for pair in parsed.root().and_then(|root| root.get("scripts")).map(Node::pairs).unwrap_or_default() {
        let name = pair.key.as_str().unwrap_or("");
        let mut start = Start::new(input, EntryKind::Platform);
        let one = std::slice::from_ref(&pair.value);
        let items = if pair.value.items().is_empty() { one } else { pair.value.items() };
        for item in items {
            let Some(scalar) = item.as_scalar() else { continue };
            if let Some(set) = scalar.text.strip_prefix("@putenv ") {
                let map = scalar.map.compose(&OffsetMap::shifted("@putenv ".len()));
                start.env.extend(assignment(set, &map));
                continue;
            }
            let Some(command) = command(&scalar.text) else { continue };
            let mut entry = start.shell(format!("composer {name}"), &command, &scalar.map, false);
            entry.span = item.span;
            out.entries.push(entry);
        }
    }
    out
}

/// The words of a shell, at the same places; None for another script's name, and for a function of PHP.
fn command(text: &str) -> Option<String> {
    let runs = ["@php ", "@composer "].iter().any(|lead| text.starts_with(lead));
    if text.starts_with('@') && !runs || text.contains("::") && !text.contains(char::is_whitespace) {
        return None;
    }
    Some(if runs { text.replacen('@', " ", 1) } else { text.to_owned() })
}
