//! Words: quoting, and the pieces that a word is joined from.

use super::cursor::{Parser, is_delimiter};
use crate::words::flow::{Expr, ExprKind};
use crate::words::span::Span;

/// No pattern with blanks in it is longer than this.
const LONGEST_PATTERN: usize = 4096;

/// Where a word stands decides what ends it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Arguments, redirect targets, values.
    Plain,
    /// `${x:-…}`: up to the closing brace.
    Brace { quoted: bool },
    /// `[[ $x =~ … ]]`: parentheses and bars belong to the pattern.
    Regex,
}

#[derive(Clone)]
pub(super) enum PartKind {
    Literal(String),
    Value(Expr),
}

#[derive(Clone)]
pub(super) struct Part {
    pub(super) kind: PartKind,
    pub(super) quoted: bool,
    /// May become several words even where it is quoted: `"$@"`.
    pub(super) list: bool,
    pub(super) span: Span,
}

#[derive(Clone)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    pub(super) span: Span,
}

impl Word {
    /// The text, when no part of it is known only at run time.
    pub(super) fn literal(&self) -> Option<String> {
        let mut out = String::new();
        for part in &self.parts {
            match &part.kind {
                PartKind::Literal(text) => out.push_str(text),
                PartKind::Value(_) => return None,
            }
        }
        Some(out)
    }

    /// The text, when besides nothing of it is quoted: only then it can be an operator.
    pub(super) fn bare(&self) -> Option<String> {
        if self.parts.iter().any(|part| part.quoted) { None } else { self.literal() }
    }

    /// As a value: an assignment, an operand of a test. Nothing is split there.
    pub(super) fn value(mut self) -> Expr {
        if self.parts.len() == 1
            && let Some(part) = self.parts.pop()
        {
            return match part.kind {
                // Without its quotes, so that an offset in the text is one from the span's start.
                PartKind::Literal(text) => Expr::text(text, part.span),
                PartKind::Value(expr) => expr,
            };
        }
        let mut joined: Vec<Expr> = Vec::new();
        for part in self.parts {
            match part.kind {
                PartKind::Value(expr) => joined.push(expr),
                PartKind::Literal(text) if text.is_empty() => {}
                PartKind::Literal(text) => {
                    if let Some(last) = joined.last_mut()
                        && let ExprKind::Text(before) = last.kind.as_mut()
                    {
                        before.push_str(&text);
                        last.span = last.span.to(part.span);
                    } else {
                        joined.push(Expr::text(text, part.span));
                    }
                }
            }
        }
        match joined.len() {
            0 => Expr::text("", self.span),
            1 => joined.pop().map_or_else(
                || Expr::text("", self.span),
                |mut only| {
                    if matches!(*only.kind, ExprKind::Text(_)) {
                        only.span = self.span;
                    }
                    only
                },
            ),
            _ => Expr::new(ExprKind::Concat(joined), self.span),
        }
    }

    /// As an argument: a part that stands alone and is not quoted may become several words.
    pub(super) fn argument(self) -> Expr {
        let splits = match self.parts.as_slice() {
            [part] => part.list || (!part.quoted && matches!(part.kind, PartKind::Value(_))),
            _ => false,
        };
        let span = self.span;
        let value = self.value();
        if splits { Expr::new(ExprKind::Spread(value), span) } else { value }
    }
}

impl Parser<'_> {
    /// The word at the cursor; None where none starts here.
    pub(super) fn word(&mut self, mode: Mode) -> Option<Word> {
        self.token("");
        let mut parts = Vec::new();
        let from = self.at;
        if !self.down() {
            return None;
        }
        while !self.eof() && !self.gave_up() && !self.word_ends(mode, from) {
            self.part(mode, &mut parts);
        }
        self.up();
        if self.at == from {
            self.sink.shape.pop();
            return None;
        }
        let span = self.since(from);
        if parts.is_empty() {
            parts.push(Part { kind: PartKind::Literal(String::new()), quoted: false, list: false, span });
        }
        Some(Word { parts, span })
    }

    fn word_ends(&self, mode: Mode, from: usize) -> bool {
        let byte = self.peek(0);
        match mode {
            Mode::Brace { .. } => byte == b'}',
            Mode::Regex => {
                // Blanks inside parentheses belong to the pattern; few write them, and nobody at length.
                matches!(byte, b' ' | b'\t' | b'\n') && {
                    if self.at - from > LONGEST_PATTERN {
                        return true;
                    }
                    let so_far = self.slice(from, self.at);
                    so_far.matches('(').count() <= so_far.matches(')').count()
                }
            }
            Mode::Plain => {
                // `<(cmd)` is a word, a lone `<` is a redirect; `@(a|b)` is a pattern.
                if matches!(byte, b'<' | b'>') && self.peek(1) == b'(' {
                    return self.at != from;
                }
                let extended = byte == b'('
                    && self.at > from
                    && matches!(self.byte(self.at - 1), b'?' | b'*' | b'+' | b'@' | b'!');
                is_delimiter(byte) && !extended
            }
        }
    }

    fn part(&mut self, mode: Mode, parts: &mut Vec<Part>) {
        let from = self.at;
        let in_quotes = mode == Mode::Brace { quoted: true };
        match self.peek(0) {
            b'\'' if !in_quotes => self.single_quoted(parts),
            b'"' => self.double_quoted(parts),
            b'$' if self.peek(1) == b'\'' && !in_quotes => self.ansi_quoted(parts),
            b'$' if self.peek(1) == b'"' && !in_quotes => {
                self.at += 1;
                self.double_quoted(parts);
            }
            b'$' | b'`' => self.dollar(in_quotes, parts),
            b'<' | b'>' if self.peek(1) == b'(' && mode == Mode::Plain => {
                let capture = self.process_substitution();
                parts.push(Part {
                    span: capture.span,
                    kind: PartKind::Value(capture),
                    quoted: true,
                    list: false,
                });
            }
            b'\\' if self.peek(1) == b'\n' => self.at += 2,
            b'\\' => {
                self.at += 1;
                let start = self.at;
                if !self.eof() {
                    self.bump();
                }
                // The character is as if quoted, except that it still joins its neighbours.
                let keep = if mode == Mode::Regex { from } else { start };
                let text = self.slice(keep, self.at).to_owned();
                self.push_literal(parts, &text, from, mode != Mode::Regex);
            }
            b'(' if mode == Mode::Plain => {
                // Only an extended pattern gets here.
                let mut open = 0_usize;
                while !self.eof() && self.peek(0) != b'\n' {
                    match self.peek(0) {
                        b'(' => open += 1,
                        b')' => open = open.saturating_sub(1),
                        _ => {}
                    }
                    self.bump();
                    if open == 0 {
                        break;
                    }
                }
                let text = self.slice(from, self.at).to_owned();
                self.push_literal(parts, &text, from, false);
            }
            _ => {
                self.bump();
                while !self.eof()
                    && !self.word_ends(mode, from)
                    && !matches!(self.peek(0), b'\'' | b'"' | b'$' | b'`' | b'\\' | b'(' | b'<' | b'>')
                {
                    self.bump();
                }
                let text = self.slice(from, self.at).to_owned();
                self.push_literal(parts, &text, from, in_quotes);
            }
        }
    }

    pub(super) fn push_literal(&mut self, parts: &mut Vec<Part>, text: &str, from: usize, quoted: bool) {
        let raw = self.slice(from, self.at);
        self.glue(raw);
        let span = self.since(from);
        parts.push(Part { kind: PartKind::Literal(text.to_owned()), quoted, list: false, span });
    }

    fn single_quoted(&mut self, parts: &mut Vec<Part>) {
        let from = self.at;
        self.at += 1;
        let start = self.at;
        while !self.eof() && self.peek(0) != b'\'' {
            self.at += 1;
        }
        let text = self.slice(start, self.at).to_owned();
        self.close_quote(from);
        self.literal_of(parts, &text, start, from);
    }

    fn close_quote(&mut self, from: usize) {
        if self.eof() {
            self.problem(from, from + 1, "this quote is never closed");
        } else {
            self.at += 1;
        }
    }

    /// A quoted literal: its span is the text between the quotes, so that offsets in the text
    /// (SQL, a nested script) are offsets from its start.
    fn literal_of(&mut self, parts: &mut Vec<Part>, text: &str, start: usize, from: usize) {
        let raw = self.slice(from, self.at);
        self.glue(raw);
        let span = self.span(start, start + text.len().min(self.at.saturating_sub(start)));
        parts.push(Part { kind: PartKind::Literal(text.to_owned()), quoted: true, list: false, span });
    }

    fn double_quoted(&mut self, parts: &mut Vec<Part>) {
        let from = self.at;
        self.at += 1;
        self.glue("\"");
        let before = parts.len();
        self.quoted_text(b'"', false, parts);
        if parts.len() == before {
            let span = self.span(from + 1, from + 1);
            parts.push(Part { kind: PartKind::Literal(String::new()), quoted: true, list: false, span });
        }
        self.close_quote(from);
        self.glue("\"");
    }

    /// Text in which only `$`, backticks and some backslashes mean something: double quotes up to
    /// `close`, heredocs (`close` is 0) up to the end. `strip` drops tabs that start a line.
    pub(super) fn quoted_text(&mut self, close: u8, strip: bool, parts: &mut Vec<Part>) {
        let mut text = String::new();
        let mut from = self.at;
        let mut line_start = strip;
        while !self.eof() && !self.gave_up() {
            if line_start {
                // A new part, so that spans stay exact behind the dropped tabs.
                self.flush(&mut text, from, parts);
                while self.peek(0) == b'\t' {
                    self.at += 1;
                }
                from = self.at;
                line_start = false;
                continue;
            }
            let (byte, next) = (self.peek(0), self.peek(1));
            match byte {
                _ if byte == close && close != 0 => break,
                b'\\' if next == b'\n' => {
                    self.flush(&mut text, from, parts);
                    self.at += 2;
                    from = self.at;
                }
                b'\\' if matches!(next, b'$' | b'`' | b'\\') || (next == b'"' && close == b'"') => {
                    text.push(char::from(next));
                    self.at += 2;
                }
                b'$' | b'`' => {
                    self.flush(&mut text, from, parts);
                    self.dollar(true, parts);
                    from = self.at;
                }
                _ => {
                    let start = self.at;
                    self.bump();
                    text.push_str(self.slice(start, self.at));
                    line_start = strip && byte == b'\n';
                }
            }
        }
        self.flush(&mut text, from, parts);
    }

    fn flush(&mut self, text: &mut String, from: usize, parts: &mut Vec<Part>) {
        if self.at > from && !text.is_empty() {
            self.push_literal(parts, text, from, true);
        }
        text.clear();
    }

    /// `$'…'`, with its escapes decoded: a switch's name may be hidden so.
    fn ansi_quoted(&mut self, parts: &mut Vec<Part>) {
        let from = self.at;
        self.at += 2;
        let mut text = String::new();
        while !self.eof() && self.peek(0) != b'\'' {
            let start = self.at;
            self.bump();
            if self.byte(start) != b'\\' || self.eof() {
                text.push_str(self.slice(start, self.at));
                continue;
            }
            let escape = self.peek(0);
            let digits = self.at + 1;
            self.bump();
            let simple = match escape {
                b'n' => Some('\n'),
                b't' => Some('\t'),
                b'r' => Some('\r'),
                b'a' | b'b' | b'e' | b'E' | b'f' | b'v' => Some('\u{1b}'),
                b'x' => self.digits(digits, 16, 2),
                b'u' => self.digits(digits, 16, 4),
                b'U' => self.digits(digits, 16, 8),
                b'0'..=b'7' => self.digits(digits - 1, 8, 3),
                _ => None,
            };
            match simple {
                Some(character) => text.push(character),
                None => text.push_str(self.slice(digits - 1, self.at)),
            }
        }
        self.close_quote(from);
        self.push_literal(parts, &text, from, true);
    }

    fn digits(&mut self, from: usize, radix: u32, most: usize) -> Option<char> {
        let mut to = from;
        while to < from + most && char::from(self.byte(to)).is_digit(radix) {
            to += 1;
        }
        let code = u32::from_str_radix(self.slice(from, to), radix).ok()?;
        self.at = to;
        char::from_u32(code)
    }
}
