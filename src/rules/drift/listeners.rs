//! Finds in a program's text on which port, and on which address, it listens.

use std::sync::LazyLock;

use regex::Regex;

use crate::words::span::Span;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub port: u16,
    /// As written; empty where none is said (then every address of both families).
    pub host: String,
    pub span: Span,
}

struct Patterns {
    trigger: Regex,
    /// `.listen(4310, "127.0.0.1"`, `.listen(PORT, HOST`
    call: Regex,
    host: Regex,
    port: Regex,
    flags: Regex,
    bind: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    let new = |pattern: &str| Regex::new(pattern).ok();
    Some(Patterns {
        trigger: new(r"(?-u)listen\(|serve\(|bind\(|--host|--bind|run\(")?,
        call: new(
            r#"(?-u:\b)listen\(\s*([A-Za-z0-9_.]+)\s*(?:,\s*(["'`][^"'`\n]*["'`]|[A-Za-z_][A-Za-z0-9_]*)\s*)?[,)]"#,
        )?,
        host: new(r#"(?-u:\b)(?:host|hostname)["']?\s*[:=]\s*(["'][^"'\n]*["']|[A-Za-z_][A-Za-z0-9_]*)"#)?,
        port: new(r#"(?-u)\bport["']?\s*[:=]\s*([A-Za-z0-9_]+)"#)?,
        flags: new(r"(?-u)--(host|hostname|port|bind)[ =]([0-9A-Za-z.:\[\]]+)")?,
        bind: new(r#"(?-u)\bbind\(\s*\(?\s*["']([0-9a-z.:\[\]]+?)(?::|["']\s*,\s*)([0-9]{2,5})"#)?,
    })
});

/// Names are looked up in the same text (`const PORT = Number(process.env.PORT ?? 4310)`).
#[must_use]
pub fn listeners(text: &str) -> Vec<Listener> {
    let Some(patterns) = PATTERNS.as_ref() else { return Vec::new() };
    if !patterns.trigger.is_match(text) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for found in patterns.call.captures_iter(text) {
        let (Some(whole), Some(port)) = (found.get(0), found.get(1)) else { continue };
        let Some(port) = number(text, port.as_str()) else { continue };
        // A function in the second place is the callback.
        let host = match found.get(2).map(|host| host.as_str()) {
            None => Some(String::new()),
            Some(host) if host.starts_with(['"', '\'', '`']) => Some(unquoted(host)),
            Some(name) => assigned(text, name).and_then(|value| literal(&value)).or(Some(String::new())),
        };
        if let Some(host) = host {
            out.push(Listener { port, host, span: Span::new(whole.start(), whole.end()) });
        }
    }
    for call in ["listen({", "serve({", "run("] {
        for (at, _) in text.match_indices(call) {
            let rest = text.get(at..).unwrap_or("");
            let end = rest.find(')').unwrap_or(rest.len()).min(400);
            let Some(body) = rest.get(..end) else { continue };
            let port = patterns.port.captures(body).and_then(|p| number(text, p.get(1)?.as_str()));
            let Some(port) = port else { continue };
            let host = patterns.host.captures(body).and_then(|h| Some(h.get(1)?.as_str().to_owned()));
            let host = match host {
                Some(host) if host.starts_with(['"', '\'']) => unquoted(&host),
                Some(name) => assigned(text, &name).and_then(|value| literal(&value)).unwrap_or_default(),
                None => String::new(),
            };
            out.push(Listener { port, host, span: Span::new(at, at + end) });
        }
    }
    for found in patterns.bind.captures_iter(text) {
        let (Some(whole), Some(host), Some(port)) = (found.get(0), found.get(1), found.get(2)) else {
            continue;
        };
        if let Ok(port) = port.as_str().parse() {
            let host = host.as_str().trim_matches(['[', ']']).to_owned();
            out.push(Listener { port, host, span: Span::new(whole.start(), whole.end()) });
        }
    }
    flags(patterns, text, &mut out);
    out
}

/// `--host 127.0.0.1 --port 4310` on one line.
fn flags(patterns: &Patterns, text: &str, out: &mut Vec<Listener>) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if !line.contains("--") {
            continue;
        }
        let (mut host, mut port, mut range) = (None, None, None);
        for found in patterns.flags.captures_iter(line) {
            let (Some(whole), Some(name), Some(value)) = (found.get(0), found.get(1), found.get(2)) else {
                continue;
            };
            match (name.as_str(), value.as_str().rsplit_once(':')) {
                ("port", _) => port = value.as_str().parse().ok(),
                ("bind", Some((address, number))) => {
                    host = Some(address.to_owned());
                    port = number.parse().ok();
                }
                _ => host = Some(value.as_str().to_owned()),
            }
            let from = range.map_or(whole.start(), |(from, _)| from);
            range = Some((from, whole.end()));
        }
        if let (Some(host), Some(port), Some((from, to))) = (host, port, range) {
            let host = host.trim_matches(['[', ']']).to_owned();
            out.push(Listener { port, host, span: Span::new(start + from, start + to) });
        }
    }
}

fn unquoted(text: &str) -> String {
    text.trim_matches(['"', '\'', '`']).to_owned()
}

fn number(text: &str, token: &str) -> Option<u16> {
    if let Ok(port) = token.parse() {
        return Some(port);
    }
    let value = assigned(text, token)?;
    let digits = value.split(|c: char| !c.is_ascii_digit()).rfind(|d| (2..=5).contains(&d.len()))?;
    digits.parse().ok()
}

/// What the text gives a name: the rest of the line after `NAME =`.
fn assigned(text: &str, name: &str) -> Option<String> {
    if name.is_empty() || name.contains('.') {
        return None;
    }
    let mut from = 0;
    while let Some(at) = text.get(from..)?.find(name).map(|at| from + at) {
        from = at + name.len();
        let before = text.get(..at)?.chars().next_back();
        let whole = before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ',' | '{'));
        let rest = text.get(from..)?.trim_start();
        if whole && let Some(value) = rest.strip_prefix('=').filter(|value| !value.starts_with(['=', '>'])) {
            return Some(value.split(['\n', ';']).next().unwrap_or("").trim().to_owned());
        }
    }
    None
}

/// The last quoted text of a value: `process.env.HOST ?? "127.0.0.1"`.
fn literal(value: &str) -> Option<String> {
    let end = value.rfind(['"', '\''])?;
    let inner = value.get(..end)?;
    let start = inner.rfind(['"', '\''])?;
    inner.get(start + 1..).map(str::to_owned)
}
