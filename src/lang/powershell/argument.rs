//! The words of a command: parameters, arguments, splatting, redirections.

use super::cursor::{Parser, is_word};
use crate::words::flow::{Expr, ExprKind};

/// A word of a command.
pub(super) struct Argument {
    pub(super) value: Expr,
    /// It is a parameter's name: small letters, without the dash.
    pub(super) parameter: Option<String>,
    /// Written right behind its parameter (`-Confirm:$false`).
    pub(super) bound: bool,
}

impl Argument {
    fn plain(value: Expr) -> Self {
        Self { value, parameter: None, bound: false }
    }
}

impl Parser<'_> {
    /// Everything up to the end of the command.
    pub(super) fn arguments(&mut self) -> Vec<Argument> {
        let mut out = Vec::new();
        loop {
            self.blanks();
            if self.ends_command() {
                return out;
            }
            let from = self.at;
            if self.redirection() {
                continue;
            }
            if self.looking_at("--%") && !is_word(self.peek(3)) {
                self.verbatim(&mut out);
                return out;
            }
            if self.peek(0) == b'-' && (self.peek(1).is_ascii_alphabetic() || self.peek(1) == b'?') {
                self.parameter(&mut out);
            } else {
                let value = self.argument();
                let value = self.more_of_list(value, from);
                out.push(Argument::plain(value));
            }
            if self.at == from {
                self.bump();
            }
        }
    }

    fn ends_command(&self) -> bool {
        match self.peek(0) {
            b'\n' | b'\r' | b';' | b'|' | b')' | b'}' => true,
            b'&' => true,
            _ => self.eof(),
        }
    }

    /// `-Name`, `-Name:value`, `-Dname=value`.
    fn parameter(&mut self, out: &mut Vec<Argument>) {
        let from = self.at;
        self.at += 1;
        while is_word(self.peek(0)) || matches!(self.peek(0), b'?' | b'-') {
            self.at += 1;
        }
        let name = self.slice(from + 1, self.at).to_ascii_lowercase();
        let ends = self.ends_command() || matches!(self.peek(0), b' ' | b'\t' | b',' | b'`');
        let colon = self.peek(0) == b':'
            && (matches!(self.peek(1), b'$' | b'(' | b'"' | b'\'' | b'@' | b' ')
                || self.slice(from, self.at).eq_ignore_ascii_case("-erroraction")
                || self.slice(from, self.at).eq_ignore_ascii_case("-ea"));
        if !ends && !colon {
            // A word that only looks like a parameter: `-Dflyway.url=…`, `-c:v`.
            self.at = from;
            let value = self.argument();
            out.push(Argument::plain(value));
            return;
        }
        let span = self.since(from);
        // A value that is bound says so to whoever takes the words apart.
        let written = format!("{}{}", self.slice(from, self.at), if colon { ":" } else { "" });
        out.push(Argument { value: Expr::text(written, span), parameter: Some(name), bound: false });
        if colon {
            self.at += 1;
            self.blanks();
            let start = self.at;
            if !self.ends_command() {
                let value = self.argument();
                let value = self.more_of_list(value, start);
                out.push(Argument { value, parameter: None, bound: true });
            }
        }
    }

    /// `a, b, c` behind a first one.
    fn more_of_list(&mut self, first: Expr, from: usize) -> Expr {
        let mut items = vec![first];
        loop {
            let mark = self.mark();
            self.blanks();
            if self.peek(0) != b',' {
                self.restore(mark);
                break;
            }
            self.at += 1;
            self.lines();
            if self.ends_command() {
                break;
            }
            let before = self.at;
            items.push(self.argument());
            if self.at == before {
                break;
            }
        }
        if items.len() > 1 {
            let span = self.since(from);
            return Expr::new(ExprKind::List(items), span);
        }
        items.pop().unwrap_or_else(|| super::cursor::opaque(Vec::new(), self.since(from)))
    }

    /// `--% …`: the rest of the line as it stands.
    fn verbatim(&mut self, out: &mut Vec<Argument>) {
        self.at += 3;
        let line = self.rest().find(['\n', '\r', '|']).unwrap_or(self.rest().len());
        let end = self.at + line;
        while self.at < end {
            let rest = self.slice(self.at, end);
            let skip = rest.len() - rest.trim_start().len();
            self.at += skip;
            if self.at >= end {
                break;
            }
            let from = self.at;
            let rest = self.slice(from, end);
            let quoted = rest.starts_with('"');
            let length = if quoted {
                rest.get(1..).and_then(|inner| inner.find('"')).map_or(rest.len(), |close| close + 2)
            } else {
                rest.find(char::is_whitespace).unwrap_or(rest.len())
            };
            self.at = from + length;
            let word = self.slice(from, self.at).trim_matches('"').to_owned();
            out.push(Argument::plain(Expr::text(word, self.since(from))));
        }
        self.at = end;
    }

    /// `2>$null`, `*> log`, `2>&1`, `< file`.
    fn redirection(&mut self) -> bool {
        let mark = self.mark();
        if matches!(self.peek(0), b'*' | b'1'..=b'6') && self.peek(1) == b'>' {
            self.at += 1;
        }
        if !matches!(self.peek(0), b'>' | b'<') {
            self.restore(mark);
            return false;
        }
        self.at += 1;
        self.eat(">");
        if self.eat("&") {
            self.word();
            return true;
        }
        self.blanks();
        if !self.ends_command() {
            self.argument();
        }
        true
    }

    /// One word, with whatever values stand in it.
    pub(super) fn argument(&mut self) -> Expr {
        if !self.down() {
            return super::cursor::opaque(Vec::new(), self.since(self.at));
        }
        let value = self.argument_inner();
        self.up();
        value
    }

    fn argument_inner(&mut self) -> Expr {
        let from = self.at;
        match self.peek(0) {
            b'@' if is_word(self.peek(1)) => {
                self.at += 1;
                let name = self.word().to_ascii_lowercase();
                let span = self.since(from);
                let held = self.variable_of(&name, span);
                return Expr::new(ExprKind::Spread(held), span);
            }
            b'(' | b'{' => return self.operand(),
            b'@' if matches!(self.peek(1), b'(' | b'{' | b'\'' | b'"') => return self.operand(),
            b'[' if self.is_static_member() => return self.operand(),
            b'$' if self.is_value_alone() => return self.operand(),
            _ => {}
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut start = self.at;
        while !self.eof() {
            let at = self.at;
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'(' | b')' | b'{' | b'}' | b',' | b'&' => break,
                b'<' if self.peek(1) == b'#' => break,
                b'`' => {
                    self.at += 1;
                    if matches!(self.peek(0), b'\n' | b'\r') {
                        self.at = at;
                        break;
                    }
                    plain.extend(self.bump());
                }
                quote @ (b'\'' | b'"') => {
                    self.flush(&mut plain, start, at, &mut parts);
                    parts.push(if quote == b'"' { self.expandable() } else { self.literal() });
                    start = self.at;
                }
                b'$' if self.starts_variable() => {
                    self.flush(&mut plain, start, at, &mut parts);
                    parts.push(self.embedded_variable());
                    start = self.at;
                }
                _ => plain.extend(self.bump()),
            }
            if self.at == at {
                break;
            }
        }
        self.flush(&mut plain, start, self.at, &mut parts);
        let span = self.since(from);
        match parts.len() {
            0 => Expr::text("", span),
            1 => parts.pop().unwrap_or_else(|| Expr::text("", span)),
            _ => Expr::new(ExprKind::Concat(parts), span),
        }
    }

    fn flush(&mut self, plain: &mut String, from: usize, to: usize, parts: &mut Vec<Expr>) {
        if !plain.is_empty() {
            let text = super::text::as_path(std::mem::take(plain));
            parts.push(Expr::text(text, self.span_of(from, to)));
        }
    }

    /// `[Type]::Member` as an argument is only a word, unless something is done with it.
    fn is_static_member(&self) -> bool {
        self.rest().find(']').is_some_and(|close| {
            self.rest().get(close + 1..).is_some_and(|rest| rest.starts_with("::"))
                && self.rest().get(..close).is_some_and(|inner| !inner.contains([' ', '\n']))
        })
    }

    /// A variable, with members, that is a whole word: `$x`, `$x.Name`, `$x[0]`, not `$root/lib`.
    fn is_value_alone(&mut self) -> bool {
        let mark = self.mark();
        if !self.starts_variable() {
            return false;
        }
        if self.peek(1) == b'(' {
            self.at += 1;
            self.skip_balanced();
        } else {
            self.skip_variable();
        }
        let alone = match self.peek(0) {
            b'.' => is_word(self.peek(1)) && !self.names_file(),
            b'[' => true,
            b':' => self.peek(1) == b':',
            _ => self.ends_command() || matches!(self.peek(0), b' ' | b'\t' | b',' | b'`' | b'(' | b'{'),
        };
        self.restore(mark);
        alone
    }

    /// `.ps1` behind a variable is an ending, no member.
    fn names_file(&self) -> bool {
        ["ps1", "psm1", "sql", "exe", "js", "ts", "json", "cmd", "bat"].iter().any(|ending| {
            let rest = self.rest().get(1..).unwrap_or("");
            rest.get(..ending.len()).is_some_and(|found| found.eq_ignore_ascii_case(ending))
                && !rest.as_bytes().get(ending.len()).copied().is_some_and(is_word)
        })
    }
}
