//! What make puts into a recipe before the shell sees it.

use super::read::{Makefile, Recipe, Rule};
use crate::words::span::OffsetMap;

/// Definitions that refer to each other are followed this far.
const DEEPEST: usize = 8;
/// A text that grows beyond this is left as it is.
const LONGEST: usize = 1 << 16;

/// So many references are followed in one file.
const MOST: u32 = 100_000;

struct Output {
    text: String,
    map: OffsetMap,
    /// The shell's quote that is open at the end of the text.
    quote: u8,
    escaped: bool,
}

impl Output {
    fn push(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.quote != b'\'' => self.escaped = true,
                b'\'' | b'"' if self.quote == 0 => self.quote = byte,
                _ if byte == self.quote => self.quote = 0,
                _ => {}
            }
        }
        self.text.push_str(text);
    }

    /// Text that stands as it is, from this place on.
    fn copy(&mut self, text: &str, host: usize) {
        self.map.push(self.text.len(), host);
        self.push(text);
    }

    /// Text that stands for the reference at these places: all of it maps into the reference.
    fn replace(&mut self, text: &str, from: usize, to: usize) {
        for at in 0..text.len() {
            let host = if at + 1 == text.len() { to.saturating_sub(1).max(from) } else { from };
            self.map.push(self.text.len() + at, host);
        }
        self.push(text);
    }

    /// A shell expansion, wherever it stands: make would replace it inside single quotes, too.
    fn expansion(&mut self, text: &str, from: usize, to: usize) {
        if self.quote == b'\'' {
            self.replace(&format!("'\"{text}\"'"), from, to);
        } else {
            self.replace(text, from, to);
        }
    }
}

impl Makefile {
    /// The shell's text of a recipe line, with the map to the file.
    pub(super) fn expand(&self, recipe: &Recipe, target: &str, rule: &Rule) -> (String, OffsetMap) {
        let mut out = Output { text: String::new(), map: OffsetMap::builder(), quote: 0, escaped: false };
        let whole: String = recipe.pieces.iter().map(|(text, _)| text.as_str()).collect();
        let tests = ["[ ", "[[ ", "test ", "case "].iter().any(|word| whole.contains(word));
        for (text, host) in &recipe.pieces {
            let mut at = 0;
            while at < text.len() {
                let rest = text.get(at..).unwrap_or("");
                let Some(dollar) = rest.find('$') else {
                    out.copy(rest, host + at);
                    break;
                };
                if dollar > 0 {
                    out.copy(rest.get(..dollar).unwrap_or(""), host + at);
                }
                at += dollar;
                let Some((inner, length)) = reference(text.get(at..).unwrap_or("")) else { break };
                let (from, to) = (host + at, host + at + length);
                match automatic(inner, target, rule) {
                    // A lone `$` may be the last byte of the file.
                    _ if inner == "$" => out.copy("$", to - 1),
                    Some(text) => out.replace(&text, from, to),
                    None => self.refer(inner, tests, from, to, &mut out),
                }
                at += length;
            }
        }
        (out.text, out.map)
    }

    fn refer(&self, inner: &str, tests: bool, from: usize, to: usize, out: &mut Output) {
        if let Some(variable) = self.variables.get(inner) {
            let value = self.resolve(&variable.value);
            let simple = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:-".contains(&b));
            if variable.weak && tests && simple && is_variable(inner) {
                // Who starts make decides; a test of it must not read as settled.
                out.expansion(&format!("${{{inner}-{value}}}"), from, to);
            } else if variable.value.contains("$(shell ") || variable.value.contains("${shell ") {
                // What is run there is changed where it is written, and not where its output is used.
                out.replace(&value, variable.range.start, variable.range.end);
            } else {
                out.replace(&value, from, to);
            }
            return;
        }
        let text = self.one(inner, 0);
        if text.starts_with('$') {
            out.expansion(&text, from, to);
        } else {
            out.replace(&text, from, to);
        }
    }

    /// References resolved where the file defines them, as shell text where it does not.
    pub(super) fn resolve(&self, text: &str) -> String {
        self.resolve_at(text, 0)
    }

    fn resolve_at(&self, text: &str, depth: usize) -> String {
        let mut out = String::new();
        let mut at = 0;
        while at < text.len() && out.len() < LONGEST {
            let rest = text.get(at..).unwrap_or("");
            let Some(dollar) = rest.find('$') else {
                out.push_str(rest);
                break;
            };
            out.push_str(rest.get(..dollar).unwrap_or(""));
            at += dollar;
            let Some((inner, length)) = reference(text.get(at..).unwrap_or("")) else { break };
            out.push_str(&if inner == "$" { "$".to_owned() } else { self.one(inner, depth) });
            at += length;
        }
        out
    }

    fn one(&self, inner: &str, depth: usize) -> String {
        if inner == "MAKE" {
            return "make".to_owned();
        }
        // A few lines that refer to each other can stand for more text than there is memory.
        self.resolved.set(self.resolved.get().saturating_add(1));
        if depth < DEEPEST && self.resolved.get() < MOST {
            if let Some(variable) = self.variables.get(inner) {
                return self.resolve_at(&variable.value, depth + 1);
            }
            if let Some(command) = inner.strip_prefix("shell ") {
                return format!("$({})", self.resolve_at(command, depth + 1));
            }
        }
        // What make sets by itself; recipes run in the makefile's folder.
        match inner {
            "SHELL" => return "/bin/sh".to_owned(),
            "CURDIR" => return ".".to_owned(),
            _ => {}
        }
        if is_variable(inner) {
            return format!("${{{inner}}}");
        }
        // A function of make: the shell front end reads this as a value that only the run knows.
        let label: String =
            inner.chars().filter(|c| c.is_alphanumeric() || " ,._-/:$%".contains(*c)).collect();
        format!("${{{{ {label} }}}}")
    }
}

fn is_variable(name: &str) -> bool {
    name.bytes().next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// What stands in the reference at the start of the text, and how long the reference is.
fn reference(text: &str) -> Option<(&str, usize)> {
    let open = text.chars().nth(1);
    let Some(open) = open else { return Some(("$", 1)) };
    let close = match open {
        '(' => b')',
        '{' => b'}',
        _ => {
            let length = 1 + open.len_utf8();
            return Some((text.get(1..length)?, length));
        }
    };
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        if u32::from(byte) == u32::from(open) {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some((text.get(2..at)?, at + 1));
            }
        }
    }
    Some((text.get(2..)?, text.len()))
}

fn automatic(name: &str, target: &str, rule: &Rule) -> Option<String> {
    Some(match name {
        "@" => target.to_owned(),
        "<" => rule.needs.first().cloned().unwrap_or_default(),
        "^" | "+" | "?" => rule.needs.join(" "),
        "@F" => target.rsplit('/').next().unwrap_or(target).to_owned(),
        _ => return None,
    })
}
