//! Jenkinsfile: the texts that its steps hand to a shell, of whatever kind.

use super::start::{Language, Start};
use crate::lang::{Input, Lowered};
use crate::words::entry::EntryKind;
use crate::words::span::OffsetMap;

/// Marks of a text of Groovy, the longer ones first.
const QUOTES: [&str; 4] = ["\'\'\'", "\"\"\"", "'", "\""];

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    let mut start = Start::new(input, EntryKind::Platform);
    start.directory = Some(".".to_owned());
    let text = input.text;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let skipped = comment(rest).or_else(|| quoted(rest).map(|(_, end)| end));
        if let Some(length) = skipped {
            at += length;
            continue;
        }
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        if word == 0 {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        }
        let behind = rest.get(word..).unwrap_or("");
        let language = match rest.get(..word) {
            Some("sh") => Some(Language::Shell),
            Some("powershell" | "pwsh") => Some(Language::PowerShell),
            Some("bat") => Some(Language::Batch),
            _ => None,
        };
        if let Some(language) = language {
            let lead = behind.len() - behind.trim_start_matches([' ', '(', '\t', '\n']).len();
            let lead = lead + named(behind.get(lead..).unwrap_or(""));
            if let Some((inner, end)) = behind.get(lead..).and_then(quoted) {
                let from = at + word + lead + inner.start;
                if let Some(command) = text.get(from..at + word + lead + inner.end) {
                    let map = input.map.compose(&OffsetMap::shifted(from));
                    let title = rest.get(..word).unwrap_or("sh").to_owned();
                    out.entries.push(start.script(title, command, &map, language));
                }
                at += word + lead + end;
                continue;
            }
        }
        at += word;
    }
    out
}

/// `script: '…'` among the arguments, which may come behind others.
fn named(rest: &str) -> usize {
    let line = rest.lines().next().unwrap_or("");
    let Some(at) = line.find("script:") else { return 0 };
    let behind = line.get(at + 7..).unwrap_or("");
    at + 7 + behind.len() - behind.trim_start().len()
}

fn comment(rest: &str) -> Option<usize> {
    if rest.starts_with("//") {
        return Some(rest.find('\n').unwrap_or(rest.len()));
    }
    rest.starts_with("/*").then(|| rest.find("*/").map_or(rest.len(), |end| end + 2))
}

/// What stands between the marks, and where the text ends.
fn quoted(rest: &str) -> Option<(std::ops::Range<usize>, usize)> {
    let mark = QUOTES.iter().find(|mark| rest.starts_with(**mark))?;
    let mut at = mark.len();
    while let Some(inner) = rest.get(at..).filter(|inner| !inner.is_empty()) {
        if inner.starts_with(mark) {
            return Some((mark.len()..at, at + mark.len()));
        }
        // An escaped character, whatever it is, ends nothing.
        let next = usize::from(inner.starts_with('\\'));
        at += inner.chars().take(next + 1).map(char::len_utf8).sum::<usize>();
    }
    None
}
