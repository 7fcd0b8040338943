//! Procfiles: the processes of an application, and the command that a release runs.

use super::start::{Start, lines};
use crate::lang::{Input, Lowered};
use crate::words::entry::EntryKind;
use crate::words::span::OffsetMap;

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let start = Start::new(input, EntryKind::Platform);
    for (at, line) in lines(input.text) {
        let Some((name, command)) = line.split_once(':') else { continue };
        let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || !name.chars().all(valid) {
            continue;
        }
        let lead = command.len() - command.trim_start().len();
        let command = command.trim();
        if command.is_empty() {
            continue;
        }
        let map = input.map.compose(&OffsetMap::shifted(at + name.len() + 1 + lead));
        out.entries.push(start.shell(format!("Procfile {name}"), command, &map, false));
    }
    out
}
