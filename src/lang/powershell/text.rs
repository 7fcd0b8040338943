//! Strings: literal and expandable ones, here-strings, and the variables inside them.

use super::cursor::{Parser, is_word, opaque};
use crate::words::flow::{Expr, ExprKind};

impl Parser<'_> {
    /// `'…'`, with a doubled quote for one.
    pub(super) fn literal(&mut self) -> Expr {
        let from = self.at;
        self.at += 1;
        let mut out = String::new();
        loop {
            match self.peek(0) {
                b'\'' if self.peek(1) == b'\'' => {
                    out.push('\'');
                    self.at += 2;
                }
                b'\'' => {
                    self.at += 1;
                    break;
                }
                _ if self.eof() => {
                    self.problem(from, "a string is not closed");
                    break;
                }
                _ => out.extend(self.bump()),
            }
        }
        Expr::text(as_path(out), self.since(from))
    }

    /// `"…"`
    pub(super) fn expandable(&mut self) -> Expr {
        let from = self.at;
        self.at += 1;
        let parts = self.pieces(from, false);
        self.whole(parts, from)
    }

    /// `@'…'@` and `@"…"@`: the quote is the last on its line, the closing one the first on its own.
    pub(super) fn here_string(&mut self) -> Expr {
        let from = self.at;
        let expands = self.peek(1) == b'"';
        let close = if expands { "\"@" } else { "'@" };
        self.at += 2;
        while matches!(self.peek(0), b' ' | b'\t' | b'\r') {
            self.at += 1;
        }
        if self.peek(0) == b'\n' {
            self.at += 1;
        } else {
            self.problem(from, "a here-string starts on its own line");
        }
        if expands {
            let parts = self.pieces(from, true);
            return self.whole(parts, from);
        }
        let start = self.at;
        let end = if self.looking_at(close) {
            Some(start)
        } else {
            self.rest().find(&format!("\n{close}")).map(|at| start + at)
        };
        let Some(end) = end else {
            self.problem(from, "a here-string is not closed");
            self.at = self.text.len();
            return Expr::text(self.slice(start, self.at), self.since(from));
        };
        let text = self.slice(start, end);
        let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
        self.at = if end == start && self.looking_at(close) { start } else { end + 1 } + close.len();
        Expr::text(text, self.since(from))
    }

    /// The parts of an expandable string up to its end, which is moved over.
    fn pieces(&mut self, from: usize, here: bool) -> Vec<Expr> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut start = self.at;
        let first = self.at;
        loop {
            let at = self.at;
            let line = at == first || self.slice(at - 1, at) == "\n";
            match self.peek(0) {
                b'"' if here && line && self.peek(1) == b'@' => {
                    self.at += 2;
                    while plain.ends_with(['\n', '\r']) {
                        plain.pop();
                    }
                    push(&mut plain, self.span_of(start, at), &mut parts);
                    return parts;
                }
                b'"' if !here && self.peek(1) == b'"' => {
                    plain.push('"');
                    self.at += 2;
                }
                b'"' if !here => {
                    self.at += 1;
                    push(&mut plain, self.span_of(start, at), &mut parts);
                    return parts;
                }
                b'`' => {
                    self.at += 1;
                    let escaped = self.bump();
                    plain.extend(escaped.map(|c| match c {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        '0' => '\0',
                        other => other,
                    }));
                }
                b'$' if self.starts_variable() => {
                    push(&mut plain, self.span_of(start, at), &mut parts);
                    parts.push(self.embedded_variable());
                    start = self.at;
                }
                _ if self.eof() => {
                    self.problem(from, "a string is not closed");
                    push(&mut plain, self.span_of(start, at), &mut parts);
                    return parts;
                }
                _ => plain.extend(self.bump()),
            }
        }
    }

    fn whole(&mut self, mut parts: Vec<Expr>, from: usize) -> Expr {
        let span = self.since(from);
        match (parts.len(), parts.first().map(|part| &*part.kind)) {
            (0, _) => Expr::text("", span),
            (1, Some(ExprKind::Text(text))) => Expr::text(as_path(text.clone()), span),
            _ => {
                for part in &mut parts {
                    if let ExprKind::Text(text) = &mut *part.kind {
                        *text = as_path(std::mem::take(text));
                    }
                }
                Expr::new(ExprKind::Concat(parts), span)
            }
        }
    }

    /// A variable or `$(…)` starts at the cursor's `$`.
    pub(super) fn starts_variable(&self) -> bool {
        matches!(self.peek(1), b'(' | b'{' | b'?' | b'$' | b'^') && self.peek(0) == b'$' && self.peek(2) != 0
            || is_word(self.peek(1))
            || self.peek(1) == b':'
    }

    /// Inside of a text only the bare variable counts; members need `$(…)`.
    pub(super) fn embedded_variable(&mut self) -> Expr {
        if self.peek(1) == b'(' {
            return self.sub_expression();
        }
        let from = self.at;
        let value = self.variable();
        if self.at == from {
            self.bump();
            return opaque(Vec::new(), self.since(from));
        }
        value
    }
}

fn push(plain: &mut String, span: crate::words::span::Span, parts: &mut Vec<Expr>) {
    if !plain.is_empty() {
        parts.push(Expr::text(std::mem::take(plain), span));
    }
}

/// PowerShell takes either slash in a path. What is one word and holds a backslash is written with
/// slashes, so that the file is found; a regular expression is left alone.
pub(super) fn as_path(text: String) -> String {
    let pattern =
        |c: char| c.is_whitespace() || matches!(c, '(' | '[' | '^' | '*' | '+' | '|' | '{' | '\'' | '"');
    if !text.contains('\\') || text.contains(pattern) || text.starts_with("\\\\") {
        return text;
    }
    text.replace('\\', "/")
}
