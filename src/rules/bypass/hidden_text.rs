//! bypass/hidden-text: characters that make a source read differently from what it does.

use crate::lang::Kind;
use crate::rules::facts::Facts;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};

pub const ID: &str = "bypass/hidden-text";

#[must_use]
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts.sources.ids().filter_map(|id| of(facts, id)).collect()
}

/// What one file hides.
#[must_use]
pub fn of(facts: &Facts<'_>, id: FileId) -> Option<Finding> {
    let file = facts.sources.file(id);
    let text = file.text.as_ref()?;
    if text.is_ascii()
        || !is_code(file.kind)
        || facts.scope.nested.contains(&id)
        || facts.scope.quarantined.contains(&id)
    {
        return None;
    }
    let names = !facts.scope.tests.contains(&id) && !facts.scope.application.contains(&id);
    let (span, what) = find(text, names)?;
    Some(Finding::new(
        ID,
        Place { file: id, span },
        format!("{what}: what a reviewer reads here is not what runs"),
        "write it with the plain character, or as an escape",
    ))
}

fn is_code(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::JavaScript
            | Kind::Python
            | Kind::Rust
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
    for (at, c) in others(text) {
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
                let plain = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
                let bytes = text.as_bytes();
                let before = at.checked_sub(1).and_then(|at| bytes.get(at));
                let after = bytes.get(at + c.len_utf8());
                // At the end of a quoted word it makes another word of it, that looks the same.
                let ends = plain(before)
                    && matches!(c, '\u{200B}' | '\u{2060}' | '\u{FEFF}')
                    && after.is_some_and(|b| matches!(b, b'"' | b'\'' | b'`'));
                if ends || plain(before) && plain(after) {
                    return Some((
                        span,
                        format!("a character without width inside a word (U+{:04X})", c as u32),
                    ));
                }
            }
            _ => {}
        }
    }
    if names { look_alike(text) } else { None }
}

/// The characters that are not ASCII, and where they stand. Most of a source is.
fn others(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + text.as_bytes().get(from..)?.iter().position(|byte| !byte.is_ascii())?;
        let c = text.get(at..)?.chars().next()?;
        from = at + c.len_utf8();
        Some((at, c))
    })
}

/// A word of plain letters with one from another alphabet that looks like a plain one.
fn look_alike(text: &str) -> Option<(Span, String)> {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let mut behind = 0;
    for (at, c) in others(text).filter(|(_, c)| looks_plain(*c)) {
        if at < behind {
            continue;
        }
        let (before, after) = text.split_at_checked(at)?;
        let start = before.trim_end_matches(part).len();
        let end = after.find(|c| !part(c)).map_or(text.len(), |length| at + length);
        behind = end;
        if text.get(start..end)?.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return Some((
                Span::new(start, end),
                format!("`{c}` (U+{:04X}) looks like a plain letter and is another", c as u32),
            ));
        }
    }
    None
}

/// Letters of Cyrillic, Greek, Armenian and the full-width block that pass for Latin ones.
fn looks_plain(c: char) -> bool {
    "АВЕЅІЈКМНОРСТУХЗаеорсухіјѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονυօսոѵⅰⅼ".contains(c)
        || ('\u{FF21}'..='\u{FF5A}').contains(&c)
}
