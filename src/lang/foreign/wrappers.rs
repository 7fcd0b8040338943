//! Functions that hand their first argument to a shell: whoever calls one starts a command.

use std::collections::BTreeSet;

use super::Language;
use super::tokens::{Piece, Spanned, Token};

/// What starts a command with a text.
const SHELLS: [&str; 12] = [
    "system",
    "system!",
    "exec",
    "spawn",
    "sh",
    "popen",
    "capture2",
    "capture2e",
    "capture3",
    "shell_exec",
    "passthru",
    "proc_open",
];
/// A longer body does more than to hand something on.
const LONGEST: usize = 400;

pub(super) fn names(language: Language, text: &str, tokens: &[Spanned]) -> BTreeSet<String> {
    let opens = match language {
        Language::Ruby => "def",
        Language::Php => "function",
        Language::Go => return BTreeSet::new(),
    };
    let mut out = BTreeSet::new();
    for (at, spanned) in tokens.iter().enumerate() {
        if word(tokens, at) != Some(opens) {
            continue;
        }
        let Some((name, param, from)) = head(tokens, at + 1) else { continue };
        let body = tokens.get(from..).unwrap_or_default();
        let end = match language {
            Language::Ruby => ends(text, body, indent(text, spanned.range.start)),
            _ => closes(body),
        };
        let body = body.get(..end.min(LONGEST)).unwrap_or_default();
        if hands_on(body, &param) {
            out.insert(name);
        }
    }
    out
}

fn word(tokens: &[Spanned], at: usize) -> Option<&str> {
    match &tokens.get(at)?.token {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

fn sign(tokens: &[Spanned], at: usize, sign: &str) -> bool {
    matches!(tokens.get(at).map(|spanned| &spanned.token), Some(Token::Sign(found)) if *found == sign)
}

/// The function's name, its first parameter, and where its body begins.
fn head(tokens: &[Spanned], mut at: usize) -> Option<(String, String, usize)> {
    let mut name = word(tokens, at)?.to_owned();
    while sign(tokens, at + 1, ".") {
        at += 2;
        word(tokens, at)?.clone_into(&mut name);
    }
    at += 1;
    let bracket = sign(tokens, at, "(");
    at += usize::from(bracket);
    let end = tokens.get(at..)?.iter().position(|spanned| match spanned.token {
        Token::Sign(found) => bracket && found == ")",
        Token::Line => !bracket,
        _ => false,
    })?;
    // A type may stand in front: the parameter is the last word before a comma or a default.
    let first = tokens.get(at..at + end)?.iter();
    let first = first.take_while(|spanned| !matches!(spanned.token, Token::Sign("," | "=")));
    let param = first.filter_map(|spanned| match &spanned.token {
        Token::Word(word) => Some(word.clone()),
        _ => None,
    });
    Some((name, param.last()?, at + end + 1))
}

/// White space in front of the line at this place.
fn indent(text: &str, at: usize) -> &str {
    let line = text.get(..at).unwrap_or("").rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(line..).unwrap_or("");
    line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or("")
}

/// The `end` that stands as far in as the `def`.
fn ends(text: &str, body: &[Spanned], as_far: &str) -> usize {
    let found = body.iter().position(|spanned| {
        matches!(&spanned.token, Token::Word(word) if word == "end")
            && indent(text, spanned.range.start) == as_far
    });
    found.unwrap_or(body.len())
}

fn closes(body: &[Spanned]) -> usize {
    let mut depth = 0_usize;
    for (at, spanned) in body.iter().enumerate() {
        match spanned.token {
            Token::Sign("{") => depth += 1,
            Token::Sign("}") if depth <= 1 => return at,
            Token::Sign("}") => depth -= 1,
            _ => {}
        }
    }
    body.len()
}

/// A shell is given the parameter, or a text that begins with it.
fn hands_on(body: &[Spanned], param: &str) -> bool {
    let leads = |pieces: &[Piece]| matches!(pieces.first(), Some(Piece::Hole(name)) if name == param);
    body.iter().enumerate().any(|(at, spanned)| match &spanned.token {
        Token::Shell(pieces) => leads(pieces),
        Token::Word(word) if SHELLS.contains(&word.as_str()) => {
            let mut next = at + 1;
            while sign(body, next, "(") || sign(body, next, "*") {
                next += 1;
            }
            match body.get(next).map(|spanned| &spanned.token) {
                Some(Token::Word(word)) => word == param,
                Some(Token::Text(pieces)) => leads(pieces),
                _ => false,
            }
        }
        _ => false,
    })
}
