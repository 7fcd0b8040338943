//! `$((…))`, `((…))` and `$[…]`: the variables in them, and a single comparison as such.

use super::cursor::{Parser, is_name};
use super::expansion::variable;
use super::word::PartKind;
use crate::words::flow::{Comparison, Expr, ExprKind};

impl Parser<'_> {
    /// Whether the parentheses opened at `from` (the first of two) close as `))`.
    pub(super) fn closes_arithmetic(&self, from: usize) -> bool {
        let mut open = 0_usize;
        let mut at = from;
        while at < self.end {
            match self.byte(at) {
                b'(' => open += 1,
                b')' => {
                    open = open.saturating_sub(1);
                    if open == 1 && self.byte(at + 1) != b')' && self.inner_closed(from, at) {
                        return false;
                    }
                    if open == 0 {
                        return self.byte(at.wrapping_sub(1)) == b')';
                    }
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// The parenthesis closed at `at` is the second of the two opened at `from`.
    fn inner_closed(&self, from: usize, at: usize) -> bool {
        let inside = self.slice(from + 1, at);
        inside.matches('(').count() == inside.matches(')').count() + 1
    }

    /// `$((…))` and `((…))`; `skip` bytes open it.
    pub(super) fn arithmetic(&mut self, from: usize, skip: usize) -> Expr {
        let opening = self.slice(from, from + skip);
        self.glue(opening);
        self.at = from + skip;
        let mut open = 2_usize;
        let mut end = self.at;
        while end < self.end {
            match self.byte(end) {
                b'(' => open += 1,
                b')' => open -= 1,
                _ => {}
            }
            end += 1;
            if open == 0 {
                break;
            }
        }
        // Where nothing closes it, all of the rest is inside; an end within a character would hide it.
        let close = if open == 0 { end.saturating_sub(2).max(self.at) } else { end };
        let value = self.arithmetic_text(close, from, end);
        self.at = end;
        self.glue("))");
        value
    }

    pub(super) fn arithmetic_old(&mut self, from: usize) -> Expr {
        let rest = self.slice(from, self.end);
        let closing = rest.find(']').map(|at| from + at);
        if closing.is_none() {
            self.problem(from, from + 2, "this arithmetic is never closed");
        }
        self.glue("$[");
        self.at = from + 2;
        let close = closing.unwrap_or(self.end).max(self.at);
        let end = closing.map_or(close, |at| at + 1);
        let value = self.arithmetic_text(close, from, end);
        self.at = end;
        self.glue("]");
        value
    }

    /// The variables in it; a single comparison as such.
    fn arithmetic_text(&mut self, close: usize, from: usize, end: usize) -> Expr {
        if !self.down() {
            return Expr::new(ExprKind::Opaque(Vec::new()), self.span(from, end));
        }
        let saved = self.end;
        self.end = close;
        let mut operands: Vec<Expr> = Vec::new();
        let mut operators = String::new();
        while !self.eof() {
            let start = self.at;
            let byte = self.peek(0);
            if byte == b'$' || byte == b'`' {
                let mut parts = Vec::new();
                self.dollar(true, &mut parts);
                operands.extend(parts.into_iter().filter_map(|part| match part.kind {
                    PartKind::Value(expr) => Some(expr),
                    PartKind::Literal(_) => None,
                }));
                continue;
            }
            if is_name(byte) {
                while is_name(self.peek(0)) {
                    self.at += 1;
                }
                let name = self.slice(start, self.at).to_owned();
                let span = self.since(start);
                operands.push(if byte.is_ascii_digit() {
                    Expr::text(name, span)
                } else {
                    variable(&name, span)
                });
            } else {
                self.bump();
                if !byte.is_ascii_whitespace() {
                    operators.push_str(self.slice(start, self.at));
                }
            }
            if !byte.is_ascii_whitespace() {
                self.glue_since(start);
            }
        }
        self.end = saved;
        self.up();
        let span = self.span(from, end);
        let op = match operators.as_str() {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            _ => return Expr::new(ExprKind::Opaque(operands), span),
        };
        match (operands.len(), operands.pop(), operands.pop()) {
            (2, Some(right), Some(left)) => Expr::new(ExprKind::Compare { op, left, right }, span),
            (_, right, left) => {
                operands.extend(left.into_iter().chain(right));
                Expr::new(ExprKind::Opaque(operands), span)
            }
        }
    }
}
