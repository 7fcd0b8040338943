//! Redirects, and the texts that are given as standard input.

use super::cursor::Parser;
use super::word::{Mode, Part, PartKind, Word};
use crate::words::flow::{Expr, ExprKind, Stdin};

/// What the redirects of one command amount to.
pub(super) struct Redirects {
    pub(super) stdin: Stdin,
    /// Targets in which something happens (`> >(tee log)`, `> "$(mktemp)"`).
    pub(super) evaluated: Vec<Expr>,
    pub(super) any: bool,
}

impl Redirects {
    pub(super) fn none() -> Self {
        Self { stdin: Stdin::Inherit, evaluated: Vec::new(), any: false }
    }
}

/// Longer ones first.
const OPERATORS: [&str; 12] = ["<<<", "<<-", "&>>", "<<", "&>", ">>", ">|", ">&", "<&", "<>", "<", ">"];

impl Parser<'_> {
    /// Reads one redirect; false where none stands here.
    pub(super) fn redirect(&mut self, into: &mut Redirects) -> bool {
        let mut start = self.at;
        while self.byte(start).is_ascii_digit() {
            start += 1;
        }
        if self.byte(start) == b'{' {
            // `{fd}>file`
            let mut to = start + 1;
            while super::cursor::is_name(self.byte(to)) {
                to += 1;
            }
            if to == start + 1 || self.byte(to) != b'}' {
                return false;
            }
            start = to + 1;
        }
        let rest = self.slice(start, self.end);
        let operator = OPERATORS.into_iter().find(|operator| rest.starts_with(operator)).unwrap_or("");
        if operator.is_empty() || (matches!(operator, "<" | ">") && self.byte(start + 1) == b'(') {
            return false;
        }
        let from = self.at;
        let descriptor = self.slice(from, start);
        let is_stdin = descriptor.is_empty() || descriptor == "0";
        let head = self.slice(from, start + operator.len());
        self.at = start + operator.len();
        self.token(head);
        self.blanks();
        into.any = true;
        if matches!(operator, "<<" | "<<-") {
            let text = self.heredoc(operator == "<<-", from);
            if let Some(text) = text
                && is_stdin
            {
                into.stdin = Stdin::Text(text);
            }
            return true;
        }
        let Some(word) = self.word(Mode::Plain) else {
            self.problem(from, self.at, "a redirect without a target");
            return true;
        };
        let value = word.value();
        match operator {
            "<<<" => into.stdin = Stdin::Text(value),
            "<" | "<>" if is_stdin => into.stdin = Stdin::File(value),
            _ if happens(&value) => into.evaluated.push(value),
            _ => {}
        }
        true
    }

    /// The word behind `<<` and the lines that it announces. The newline that ends this line will
    /// jump over them.
    fn heredoc(&mut self, strip: bool, from: usize) -> Option<Expr> {
        let Some(delimiter) = self.word(Mode::Plain) else {
            self.problem(from, self.at, "a heredoc without a delimiter");
            return None;
        };
        let literal = delimiter.bare().is_none();
        let delimiter = delimiter_text(&delimiter);
        let (newline, body) = self.jump.unwrap_or_else(|| {
            let newline = self.line_end();
            (newline, newline + 1)
        });
        let mut line = body;
        let (text_end, behind) = loop {
            if line >= self.end {
                break (self.end, self.end);
            }
            let length = self.slice(line, self.end).find('\n').unwrap_or(self.end - line);
            let whole = self.slice(line, line + length);
            let shown = if strip { whole.trim_start_matches('\t') } else { whole };
            if shown == delimiter {
                break (line, (line + length + 1).min(self.end));
            }
            line += length + 1;
        };
        self.jump = Some((newline, behind));
        let text_end = text_end.max(body.min(self.end));
        Some(self.heredoc_text(body.min(self.end), text_end, literal, strip))
    }

    /// Where the line ends on which the cursor stands: a newline that is quoted or continued does
    /// not end it.
    fn line_end(&self) -> usize {
        let mut at = self.at;
        let mut quote = 0_u8;
        let mut comment = false;
        while at < self.end {
            let byte = self.byte(at);
            match byte {
                b'\n' if quote == 0 => return at,
                b'#' if quote == 0 && matches!(self.byte(at.wrapping_sub(1)), b' ' | b'\t') => comment = true,
                b'\\' if quote != b'\'' && !comment => at += 1,
                b'\'' | b'"' if !comment && quote == 0 => quote = byte,
                _ if quote == byte && quote != 0 => quote = 0,
                _ => {}
            }
            at += 1;
        }
        self.end
    }

    fn heredoc_text(&mut self, from: usize, to: usize, literal: bool, strip: bool) -> Expr {
        let saved = (self.at, self.end, self.jump);
        self.at = from;
        self.end = to;
        self.jump = None;
        self.token("");
        let mut parts: Vec<Part> = Vec::new();
        if literal {
            while !self.eof() {
                if strip {
                    while self.peek(0) == b'\t' {
                        self.at += 1;
                    }
                }
                let start = self.at;
                let rest = self.slice(start, self.end);
                let length = if strip { rest.find('\n').map_or(rest.len(), |at| at + 1) } else { rest.len() };
                self.at = start + length;
                self.push_literal(&mut parts, rest.get(..length).unwrap_or(""), start, true);
            }
        } else {
            self.quoted_text(0, strip, &mut parts);
        }
        let span = self.span(from, to);
        (self.at, self.end, self.jump) = saved;
        if strip {
            // Lines without their tabs are kept apart, so that each has its exact span.
            return lines_apart(parts, span);
        }
        Word { parts, span }.value()
    }
}

fn lines_apart(parts: Vec<Part>, span: crate::words::span::Span) -> Expr {
    let mut out: Vec<Expr> = parts
        .into_iter()
        .map(|part| match part.kind {
            PartKind::Literal(text) => Expr::text(text, part.span),
            PartKind::Value(expr) => expr,
        })
        .collect();
    match (out.len(), out.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            out.push(last);
            Expr::new(ExprKind::Concat(out), span)
        }
        (_, None) => Expr::text("", span),
    }
}

/// Whether evaluating it does more than reading variables.
fn happens(expr: &Expr) -> bool {
    match expr.kind.as_ref() {
        ExprKind::Text(_) | ExprKind::Variable(_) | ExprKind::LastStatus => false,
        ExprKind::Concat(parts) => parts.iter().any(happens),
        ExprKind::Default { value, other, .. } => happens(value) || happens(other),
        _ => true,
    }
}

/// The delimiter without its quotes; what looks like an expansion in it is none, and is left out.
fn delimiter_text(delimiter: &Word) -> String {
    let mut out = String::new();
    for part in &delimiter.parts {
        if let PartKind::Literal(text) = &part.kind {
            out.push_str(text);
        }
    }
    out
}
