//! systemd units: what a service executes, with its environment and its directory.

use super::start::{Start, assignment, lines};
use crate::lang::{Input, Lowered, shell, split};
use crate::words::entry::EntryKind;
use crate::words::span::{OffsetMap, Span};

/// Settings that execute a command.
const STARTS: [&str; 7] =
    ["ExecStart", "ExecStartPre", "ExecStartPost", "ExecCondition", "ExecReload", "ExecStop", "ExecStopPost"];

/// A setting of `[Service]`, continued lines joined.
struct Setting {
    key: String,
    value: String,
    map: OffsetMap,
}

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let settings = settings(input);
    let mut start = Start::new(input, EntryKind::Cron);
    start.directory = Some(".".to_owned());
    let mut home = None;
    for setting in &settings {
        match setting.key.as_str() {
            "Environment" => {
                for (word, span) in split::words(&setting.value, &setting.map) {
                    let map = OffsetMap::shifted(span.start as usize);
                    if let Some(mut found) = assignment(&word, &map) {
                        found.span = span;
                        found.value.span = span;
                        start.env.push(found);
                    }
                }
            }
            "EnvironmentFile" => {
                let file = setting.value.trim_start_matches('-').to_owned();
                start.env_files.push((file, setting.map.span(0..setting.value.len())));
            }
            "WorkingDirectory" => {
                home = Some(setting.value.trim_start_matches('-').trim_end_matches('/').to_owned());
            }
            _ => {}
        }
    }
    for setting in settings.iter().filter(|setting| STARTS.contains(&setting.key.as_str())) {
        let prefixes =
            setting.value.len() - setting.value.trim_start_matches(['-', '@', ':', '+', '!', '|']).len();
        let command = setting.value.get(prefixes..).unwrap_or("");
        let map = setting.map.compose(&OffsetMap::shifted(prefixes));
        let mut words: Vec<(String, Span)> = split::words(command, &map);
        let Some(span) = words.first().zip(words.last()).map(|(first, last)| first.1.to(last.1)) else {
            continue;
        };
        for (word, _) in &mut words {
            // What lies below the service's own directory is the repository's.
            if let Some(rest) = home.as_deref().and_then(|home| word.strip_prefix(home)?.strip_prefix('/')) {
                *word = rest.to_owned();
            }
        }
        let unit = shell::run_of_words(words, span);
        let name = input.path.rsplit('/').next().unwrap_or(input.path);
        let mut entry = start.entry(format!("{name} {}", setting.key), unit, span);
        if setting.value.get(..prefixes).unwrap_or("").contains('-') {
            entry.tolerated = Some(span);
        }
        out.entries.push(entry);
    }
    out
}

fn settings(input: Input<'_>) -> Vec<Setting> {
    let mut out: Vec<Setting> = Vec::new();
    let mut inside = false;
    let mut open = false;
    for (at, line) in lines(input.text) {
        let trimmed = line.trim();
        if !open {
            if trimmed.starts_with('[') {
                inside = trimmed == "[Service]";
                continue;
            }
            if !inside || trimmed.starts_with(['#', ';']) {
                continue;
            }
            let Some((key, value)) = line.split_once('=') else { continue };
            let lead = value.len() - value.trim_start().len();
            let mut map = OffsetMap::builder();
            map.push(0, input.map.host(at + key.len() + 1 + lead));
            out.push(Setting { key: key.trim().to_owned(), value: value.trim().to_owned(), map });
        } else if let Some(last) = out.last_mut() {
            if trimmed.starts_with(['#', ';']) {
                continue;
            }
            let lead = line.len() - line.trim_start().len();
            last.value.push(' ');
            last.map.push(last.value.len(), input.map.host(at + lead));
            last.value.push_str(trimmed);
        }
        open = false;
        if let Some(last) = out.last_mut().filter(|last| last.value.ends_with('\\')) {
            last.value.pop();
            open = true;
        }
    }
    out
}
