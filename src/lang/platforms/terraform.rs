//! Terraform: what provisioners and external data sources run on a machine.

use super::start::{Start, words};
use crate::lang::ci::script::Program;
use crate::lang::{Input, Lowered, joined};
use crate::words::entry::EntryKind;
use crate::words::flow::{EnvSetting, Expr};
use crate::words::span::{OffsetMap, Span};

/// Blocks in blocks deeper than this are not written by people.
const MAX_DEPTH: usize = 40;

#[derive(Clone, Debug)]
enum Token {
    Word(String),
    Text { text: String, map: OffsetMap, span: Span },
    Sign(char),
}

pub(super) fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    if !["provisioner", "\"external\""].iter().any(|word| input.text.contains(word)) {
        return out;
    }
    let tokens = tokens(input);
    let mut at = 0;
    while at < tokens.len() {
        let (kind, label, open) = (tokens.get(at), tokens.get(at + 1), tokens.get(at + 2));
        if let (Some(Token::Word(word)), Some(Token::Text { text, .. })) = (kind, label) {
            match (word.as_str(), text.as_str(), open) {
                ("provisioner", "local-exec" | "remote-exec", Some(Token::Sign('{'))) => {
                    let end = closing(&tokens, at + 2);
                    let body = tokens.get(at + 3..end).unwrap_or_default();
                    provisioner(input, text, body, &mut out);
                    at = end;
                }
                ("data", "external", Some(Token::Text { .. })) => {
                    let end = closing(&tokens, at + 3);
                    if let Some(program) = list(tokens.get(at + 4..end).unwrap_or_default(), "program") {
                        exec(input, "data external", &program, &mut out);
                    }
                    at = end;
                }
                _ => {}
            }
        }
        at += 1;
    }
    out
}

fn provisioner(input: Input<'_>, kind: &str, body: &[Token], out: &mut Lowered) {
    let mut start = Start::new(input, EntryKind::Platform);
    if let Some((folder, _, _)) = text(body, "working_dir") {
        let here = start.directory.clone().unwrap_or_default();
        let folder = folder.replace("${path.module}", ".").replace("${path.root}", ".");
        start.directory = (!folder.contains("${")).then(|| joined(&here, &folder));
    }
    start.env = environment(body);
    let before = out.entries.len();
    if let Some((command, map, span)) = text(body, "command") {
        let program = filled(command, map, span);
        let mut entry = start.shell(format!("terraform {kind}"), &program.text, &program.map, false);
        entry.span = span;
        out.entries.push(entry);
    }
    if let Some(lines) = list(body, "inline") {
        for (command, map, span) in lines {
            let program = filled(command, map, span);
            let mut entry = start.shell(format!("terraform {kind}"), &program.text, &program.map, false);
            entry.span = span;
            out.entries.push(entry);
        }
    }
    let scripts = text(body, "script").into_iter().chain(list(body, "scripts").unwrap_or_default());
    for script in scripts {
        exec(input, &format!("terraform {kind}"), &[script], out);
    }
    let goes_on = body.windows(3).any(|window| {
        matches!(window, [Token::Word(key), Token::Sign('='), Token::Word(value)] if key == "on_failure" && value == "continue")
    });
    if goes_on {
        for entry in out.entries.iter_mut().skip(before) {
            entry.tolerated = Some(entry.span);
        }
    }
}

type Found = (String, OffsetMap, Span);

fn exec(input: Input<'_>, title: &str, list: &[Found], out: &mut Lowered) {
    let start = Start::new(input, EntryKind::Platform);
    let Some(span) = list.first().zip(list.last()).map(|(first, last)| first.2.to(last.2)) else { return };
    let all = list
        .iter()
        .map(|(text, map, span)| {
            let text = text.replace("${path.module}", ".").replace("${path.root}", ".");
            let mut word = crate::lang::setting::interpolated(&text, map, false);
            word.span = *span;
            word
        })
        .collect::<Vec<Expr>>();
    out.entries.push(start.entry(title.to_owned(), words(all, span), span));
}

/// What the tool fills in before the shell sees it; the module's folder is the file's.
fn filled(text: String, map: OffsetMap, span: Span) -> Program {
    Program { text, map, span }.filled("${", "}", &|inner| {
        matches!(inner, "path.module" | "path.root" | "path.cwd").then(|| ".".to_owned())
    })
}

fn after<'t>(body: &'t [Token], key: &str) -> Option<&'t [Token]> {
    let at = body
        .windows(2)
        .position(|window| matches!(window, [Token::Word(word), Token::Sign('=')] if word == key))?;
    body.get(at + 2..)
}

fn text(body: &[Token], key: &str) -> Option<Found> {
    match after(body, key)?.first()? {
        Token::Text { text, map, span } => Some((text.clone(), map.clone(), *span)),
        _ => None,
    }
}

fn list(body: &[Token], key: &str) -> Option<Vec<Found>> {
    let rest = after(body, key)?;
    if !matches!(rest.first()?, Token::Sign('[')) {
        return None;
    }
    let mut out = Vec::new();
    for token in rest.iter().skip(1) {
        match token {
            Token::Text { text, map, span } => out.push((text.clone(), map.clone(), *span)),
            Token::Sign(']') => break,
            _ => {}
        }
    }
    Some(out)
}

fn environment(body: &[Token]) -> Vec<EnvSetting> {
    let Some(rest) = after(body, "environment") else { return Vec::new() };
    let mut out = Vec::new();
    for (at, token) in rest.iter().enumerate() {
        match (token, rest.get(at + 1), rest.get(at + 2)) {
            (Token::Sign('}'), _, _) => break,
            (Token::Word(name), Some(Token::Sign('=' | ':')), Some(value)) => {
                let (value, span) = match value {
                    Token::Text { text, map, span } => {
                        (crate::lang::setting::interpolated(text, map, false), *span)
                    }
                    _ => continue,
                };
                out.push(EnvSetting { name: name.clone(), value, span });
            }
            _ => {}
        }
    }
    out
}

/// The token that closes the bracket at `at`; the end where none does.
fn closing(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index;
                }
            }
            _ if depth > MAX_DEPTH => return index,
            _ => {}
        }
    }
    tokens.len()
}

fn tokens(input: Input<'_>) -> Vec<Token> {
    let source = input.text;
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(c) = source.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = source.get(at..).unwrap_or("");
        if c == '#' || rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
        } else if c == '"' {
            at += string(input, at, &mut out);
        } else if rest.starts_with("<<") {
            match heredoc(input, at) {
                Some((token, length)) => {
                    out.push(token);
                    at += length;
                }
                None => at += 2,
            }
        } else if c.is_alphanumeric() || c == '_' {
            let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
            let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
            out.push(Token::Word(rest.get(..end).unwrap_or("").to_owned()));
            at += end;
        } else {
            if !c.is_whitespace() {
                out.push(Token::Sign(c));
            }
            at += c.len_utf8();
        }
    }
    out
}

/// A quoted text: escapes resolved, `${…}` left as it stands. Gives its length in the source.
fn string(input: Input<'_>, at: usize, out: &mut Vec<Token>) -> usize {
    let rest = input.text.get(at + 1..).unwrap_or("");
    let mut text = String::new();
    let mut map = OffsetMap::builder();
    map.push(0, at + 1);
    let mut chars = rest.char_indices().peekable();
    let mut nested = 0_usize;
    let mut end = rest.len();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' if nested == 0 => {
                end = index + 1;
                break;
            }
            '\n' if nested == 0 => {
                end = index;
                break;
            }
            '\\' if nested == 0 => {
                if let Some((_, escaped)) = chars.next() {
                    text.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        other => other,
                    });
                    map.push(text.len(), at + 1 + index + 1 + escaped.len_utf8());
                }
            }
            '$' | '%' if chars.peek().is_some_and(|(_, next)| *next == '{') => {
                text.push(c);
                nested += 1;
                if let Some((_, brace)) = chars.next() {
                    text.push(brace);
                }
            }
            '}' if nested > 0 => {
                nested -= 1;
                text.push(c);
            }
            c => text.push(c),
        }
    }
    let span = input.map.span(at..at + 1 + end);
    out.push(Token::Text { text, map: input.map.compose(&map), span });
    1 + end
}

fn heredoc(input: Input<'_>, at: usize) -> Option<(Token, usize)> {
    let rest = input.text.get(at..)?;
    let head = rest.get(2..)?.trim_start_matches('-');
    let length = head.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))?;
    let mark = head.get(..length).filter(|mark| !mark.is_empty())?;
    let body = rest.find('\n')? + 1;
    let mut end = body;
    for line in rest.get(body..)?.split_inclusive('\n') {
        if line.trim() == mark {
            let text = rest.get(body..end)?.to_owned();
            let map = input.map.compose(&OffsetMap::shifted(at + body));
            let span = input.map.span(at + body..at + end.max(body));
            return Some((Token::Text { text, map, span }, end + line.len()));
        }
        end += line.len();
    }
    None
}
