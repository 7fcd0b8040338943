//! `$x`, `${x…}`, `$(…)`, backticks.

use super::cursor::{Parser, is_name, is_name_start};
use super::word::{Mode, Part, PartKind};
use crate::words::flow::{Expr, ExprKind};
use crate::words::span::{OffsetMap, Span};

pub(super) fn variable(name: &str, span: Span) -> Expr {
    Expr::new(ExprKind::Variable(name.to_owned()), span)
}

impl Parser<'_> {
    /// What starts with the `$` or backtick at the cursor.
    pub(super) fn dollar(&mut self, quoted: bool, parts: &mut Vec<Part>) {
        let from = self.at;
        let mut list = false;
        let value = match (self.peek(0), self.peek(1)) {
            (b'`', _) => self.backticks(quoted),
            (_, b'(') if self.peek(2) == b'(' && self.closes_arithmetic(from + 1) => self.arithmetic(from, 3),
            (_, b'(') => {
                self.at += 2;
                self.substitution(from, "$(")
            }
            (_, b'{') if self.peek(2) == b'{' => self.template(from),
            (_, b'{') => {
                let (value, several) = self.braces(from, quoted);
                list = several;
                value
            }
            (_, b'[') => self.arithmetic_old(from),
            (_, byte) if is_name_start(byte) => {
                self.at += 1;
                while is_name(self.peek(0)) {
                    self.at += 1;
                }
                let name = self.slice(from + 1, self.at).to_owned();
                self.glue_since(from);
                variable(&name, self.since(from))
            }
            (_, byte)
                if byte.is_ascii_digit()
                    || matches!(byte, b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') =>
            {
                self.at += 2;
                list = byte == b'@';
                self.glue_since(from);
                special(byte, self.since(from))
            }
            _ => {
                self.at += 1;
                self.push_literal(parts, "$", from, quoted);
                return;
            }
        };
        parts.push(Part { kind: PartKind::Value(value), quoted, list, span: self.since(from) });
    }

    pub(super) fn glue_since(&mut self, from: usize) {
        let raw = self.slice(from, self.at);
        self.glue(raw);
    }

    /// The commands up to the closing parenthesis; the cursor stands behind the opening one.
    fn substitution(&mut self, from: usize, opening: &str) -> Expr {
        self.glue(opening);
        if !self.capture() {
            return Expr::new(ExprKind::Opaque(Vec::new()), self.since(from));
        }
        let jump = self.jump.take();
        let body = self.block(&[]);
        self.jump = jump.or(self.jump);
        self.captured();
        if self.peek(0) == b')' {
            self.at += 1;
            self.token(")");
        } else {
            self.problem(from, from + opening.len(), "this substitution is never closed");
            self.skip_to_parenthesis();
        }
        Expr::new(ExprKind::Capture(body), self.since(from))
    }

    fn skip_to_parenthesis(&mut self) {
        while !self.eof() && self.peek(0) != b')' {
            self.at += 1;
        }
        if !self.eof() {
            self.at += 1;
        }
    }

    pub(super) fn process_substitution(&mut self) -> Expr {
        let from = self.at;
        let opening = if self.peek(0) == b'<' { "<(" } else { ">(" };
        self.at += 2;
        self.substitution(from, opening)
    }

    /// `` `…` ``: a text of its own, in which some backslashes are gone.
    fn backticks(&mut self, quoted: bool) -> Expr {
        let from = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut inner = OffsetMap::builder();
        inner.push(0, self.at);
        while !self.eof() && self.peek(0) != b'`' {
            let escapes = matches!(self.peek(1), b'`' | b'\\' | b'$') || (quoted && self.peek(1) == b'"');
            if self.peek(0) == b'\\' && escapes {
                self.at += 1;
                inner.push(text.len(), self.at);
            }
            let start = self.at;
            self.bump();
            text.push_str(self.slice(start, self.at));
        }
        if self.eof() {
            self.problem(from, from + 1, "this backtick is never closed");
        } else {
            self.at += 1;
        }
        self.glue("$(");
        if !self.capture() {
            return Expr::new(ExprKind::Opaque(Vec::new()), self.since(from));
        }
        let map = self.map.compose(&inner);
        let sink = std::mem::take(&mut self.sink);
        let mut parser = Parser::new(&text, &map, sink);
        let body = parser.program();
        self.sink = parser.into_sink();
        self.captured();
        self.token(")");
        Expr::new(ExprKind::Capture(body), self.since(from))
    }

    /// GitHub puts the value of `${{ … }}` into the text before the shell sees it.
    fn template(&mut self, from: usize) -> Expr {
        let rest = self.slice(from, self.end);
        let length = rest.find("}}").map_or(rest.len(), |at| at + 2);
        self.at = from + length;
        self.glue_since(from);
        let span = self.since(from);
        let inside = rest.get(3..length.saturating_sub(2)).unwrap_or("").trim();
        if let Some(name) = inside.strip_prefix("env.")
            && name.bytes().all(is_name)
        {
            return variable(name, span);
        }
        Expr::new(ExprKind::Opaque(vec![Expr::text(inside, span)]), span)
    }

    /// `${…}`, and whether it may be several words though quoted.
    fn braces(&mut self, from: usize, quoted: bool) -> (Expr, bool) {
        self.at += 2;
        let mut indirect = self.peek(0) == b'!' && self.peek(1) != b'}';
        let length =
            self.peek(0) == b'#' && !matches!(self.peek(1), b'}' | b':' | b'-' | b'=' | b'?' | b'+' | b'%');
        if indirect || length {
            self.at += 1;
        }
        let start = self.at;
        if is_name_start(self.peek(0)) {
            while is_name(self.peek(0)) {
                self.at += 1;
            }
        } else if self.peek(0).is_ascii_digit() {
            while self.peek(0).is_ascii_digit() {
                self.at += 1;
            }
        } else if matches!(self.peek(0), b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') {
            self.at += 1;
        }
        let name = self.slice(start, self.at).to_owned();
        if name.is_empty() {
            let rest = self.slice(self.at, self.end);
            self.at += rest.find('}').map_or(rest.len(), |at| at + 1);
            self.glue_since(from);
            self.problem(from, self.at, "this expansion names no variable");
            return (Expr::new(ExprKind::Opaque(Vec::new()), self.since(from)), false);
        }
        let mut list = name == "@";
        self.glue_since(from);
        let name_span = self.span(start, self.at);
        let mut value = match name.as_str() {
            "?" => Expr::new(ExprKind::LastStatus, name_span),
            _ => variable(&name, name_span),
        };
        if self.peek(0) == b'[' {
            let (element, several) = self.subscript(value);
            value = element;
            list |= several;
        }
        let operator_at = self.at;
        if indirect
            && matches!(*value.kind, ExprKind::Variable(_))
            && matches!(self.peek(0), b'}' | b':' | b'-')
        {
            // The evaluator knows this spelling: the variable whose name stands in another one.
            value = variable(&format!("!{name}"), name_span);
            indirect = false;
        }
        let colon = self.peek(0) == b':';
        let mark = if colon { self.peek(1) } else { self.peek(0) };
        if mark == b'}' && !colon {
            self.at += 1;
            self.glue("}");
            let span = self.since(from);
            if length || indirect {
                return (Expr::new(ExprKind::Opaque(vec![value]), span), false);
            }
            value.span = span;
            return (value, list);
        }
        let known = matches!(mark, b'-' | b'=' | b'?' | b'+');
        if known {
            self.at += if colon { 2 } else { 1 };
        } else if !self.eof() {
            self.bump();
        }
        self.glue_since(operator_at);
        let other = self.word(Mode::Brace { quoted });
        if self.peek(0) == b'}' {
            self.at += 1;
            self.glue("}");
        } else {
            self.problem(from, from + 2, "this expansion is never closed");
        }
        let span = self.since(from);
        let other =
            other.map_or_else(|| Expr::text("", self.span(self.at, self.at)), super::word::Word::value);
        if length || indirect {
            return (Expr::new(ExprKind::Opaque(vec![value, other]), span), false);
        }
        let kind = match mark {
            b'-' => ExprKind::Default { value, other, or_empty: colon },
            b'=' => {
                let target = value.clone();
                let default = Expr::new(ExprKind::Default { value, other, or_empty: colon }, span);
                ExprKind::Assign { target, value: default }
            }
            b'?' => ExprKind::Required { value },
            b'+' => ExprKind::Choose {
                test: Expr::new(ExprKind::IsSet { value, set_only: !colon }, name_span),
                then: other,
                other: Expr::text("", span),
            },
            _ if matches!(*other.kind, ExprKind::Text(_)) => ExprKind::Opaque(vec![value]),
            _ => ExprKind::Opaque(vec![value, other]),
        };
        (Expr::new(kind, span), list)
    }

    /// `[…]` behind a variable's name. The first element is the variable itself.
    pub(super) fn subscript(&mut self, of: Expr) -> (Expr, bool) {
        let from = self.at;
        let rest = self.slice(from, self.end);
        let closing = rest.find(']').unwrap_or(rest.len());
        let length = (closing + 1).min(rest.len());
        let inside = rest.get(1..closing).unwrap_or("");
        if inside.contains('$') {
            let saved = self.end;
            self.end = from + closing;
            self.at = from + 1;
            let key = self.word(Mode::Brace { quoted: false });
            self.end = saved;
            self.at = from + length;
            let span = of.span.to(self.since(from));
            let key = key.map_or_else(|| Expr::text("", span), super::word::Word::value);
            return (Expr::new(ExprKind::Index { of, key }, span), false);
        }
        self.at = from + length;
        self.glue_since(from);
        let span = of.span.to(self.since(from));
        match inside {
            "@" => (of, true),
            "*" | "0" => (of, false),
            _ => {
                let key = Expr::text(inside.trim_matches(['"', '\'']), self.span(from + 1, self.at - 1));
                (Expr::new(ExprKind::Index { of, key }, span), false)
            }
        }
    }
}

fn special(byte: u8, span: Span) -> Expr {
    if byte == b'?' {
        return Expr::new(ExprKind::LastStatus, span);
    }
    variable(&char::from(byte).to_string(), span)
}
