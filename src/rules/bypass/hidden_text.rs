//! bypass/hidden-text: characters that make a source read differently from what it does.

use crate::lang::Kind;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::{Place, Span};

pub const ID: &str = "bypass/hidden-text";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in facts.sources.ids() {
        let file = facts.sources.file(id);
        let Some(text) = &file.text else { continue };
        if text.is_ascii()
            || !is_code(file.kind)
            || facts.scope.nested.contains(&id)
            || facts.scope.quarantined.contains(&id)
        {
            continue;
        }
        let names = !facts.scope.tests.contains(&id) && !facts.scope.application.contains(&id);
        if let Some((span, what)) = find(text, names) {
            findings.push(Finding::new(
                ID,
                Place { file: id, span },
                format!("{what}: what a reviewer reads here is not what runs"),
                "write it with the plain character, or as an escape",
            ));
        }
    }
    findings
}

fn is_code(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::JavaScript
            | Kind::Shell
            | Kind::PowerShell
            | Kind::Batch
            | Kind::Sql
            | Kind::PackageJson
            | Kind::Workflow
            | Kind::Action
            | Kind::Make
            | Kind::Docker
            | Kind::Compose
            | Kind::DotEnv
            | Kind::Husky
            | Kind::Lefthook
            | Kind::PreCommit
            | Kind::GuardToml
            | Kind::Platform(_)
            | Kind::Foreign(_)
    )
}

fn find(text: &str, names: bool) -> Option<(Span, String)> {
    let mut before = None;
    for (at, c) in text.char_indices() {
        let span = Span::new(at, at + c.len_utf8());
        match c {
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                return Some((
                    span,
                    format!("a character that reverses the direction of text (U+{:04X})", c as u32),
                ));
            }
            // Joiners hold emoji and many scripts together; between plain letters they only hide.
            '\u{200B}' | '\u{2060}' | '\u{200C}' | '\u{200D}' | '\u{FEFF}' if names => {
                let after = text[at + c.len_utf8()..].chars().next();
                let plain = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
                if plain(before) && plain(after) {
                    return Some((
                        span,
                        format!("a character without width inside a word (U+{:04X})", c as u32),
                    ));
                }
            }
            _ => {}
        }
        before = Some(c);
    }
    if names { look_alike(text) } else { None }
}

/// A word of plain letters with one from another alphabet that looks like a plain one.
fn look_alike(text: &str) -> Option<(Span, String)> {
    let mut start = None;
    let mut odd: Option<(usize, char)> = None;
    let mut plain = false;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c.is_alphanumeric() || c == '_' || c == '$' {
            start.get_or_insert(at);
            if c.is_ascii_alphabetic() {
                plain = true;
            } else if odd.is_none() && looks_plain(c) {
                odd = Some((at, c));
            }
            continue;
        }
        if let (Some(start), Some((_, c)), true) = (start, odd, plain) {
            return Some((
                Span::new(start, at),
                format!("`{c}` (U+{:04X}) looks like a plain letter and is another", c as u32),
            ));
        }
        (start, odd, plain) = (None, None, false);
    }
    None
}

/// Letters of Cyrillic, Greek, Armenian and the full-width block that pass for Latin ones.
fn looks_plain(c: char) -> bool {
    "АВЕЅІЈКМНОРСТУХЗаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονυօսոѵⅰⅼ".contains(c)
        || ('\u{FF21}'..='\u{FF5A}').contains(&c)
}
