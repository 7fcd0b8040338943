//! Texts that are put together: f-strings, `%`, `format`, sums; and `/` for paths.

use ruff_python_ast as py;
use ruff_text_size::Ranged;

use super::{Lowering, opaque, platform};
use crate::words::flow::{Expr, ExprKind};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn f_string(&mut self, e: &py::ExprFString, span: Span) -> Expr {
        let mut parts = Vec::new();
        for part in e.value.as_slice() {
            match part {
                py::FStringPart::Literal(text) => {
                    parts.push(Expr::text(&*text.value, self.span(text.range())));
                }
                py::FStringPart::FString(text) => {
                    for element in &text.elements {
                        parts.extend(self.piece(element));
                    }
                }
            }
        }
        match parts.as_slice() {
            [] => Expr::text("", span),
            [Expr { kind, .. }] if matches!(**kind, ExprKind::Text(_)) => parts.remove(0),
            _ => Expr::new(ExprKind::Concat(parts), span),
        }
    }

    pub(super) fn piece(&mut self, element: &py::InterpolatedStringElement) -> Option<Expr> {
        match element {
            py::InterpolatedStringElement::Literal(text) => {
                (!text.value.is_empty()).then(|| Expr::text(&*text.value, self.span(text.range())))
            }
            py::InterpolatedStringElement::Interpolation(part) => Some(self.expression(&part.expression)),
        }
    }

    pub(super) fn bin_op(&mut self, e: &py::ExprBinOp, span: Span) -> Expr {
        match e.op {
            py::Operator::Add => self.sum(e, span),
            py::Operator::Mod => match &*e.left {
                py::Expr::StringLiteral(text) => {
                    let args: Vec<&py::Expr> = match &*e.right {
                        py::Expr::Tuple(tuple) => tuple.elts.iter().collect(),
                        other => vec![other],
                    };
                    let args = args.into_iter().map(|arg| self.expression(arg)).collect();
                    filled(&percent_pieces(text.value.to_str()), args, span)
                }
                _ => self.both_sides(e, span),
            },
            py::Operator::Div => {
                let parts = vec![self.expression(&e.left), self.expression(&e.right)];
                platform("%divide", parts, span)
            }
            // `a | b` of mappings holds both; of anything else it is a value of both.
            py::Operator::BitOr if matches!(&*e.right, py::Expr::Dict(_)) => {
                let parts = vec![self.expression(&e.left), self.expression(&e.right)];
                platform("%merge", parts, span)
            }
            _ => self.both_sides(e, span),
        }
    }

    /// A value of both; a long chain does not nest.
    fn both_sides(&mut self, e: &py::ExprBinOp, span: Span) -> Expr {
        let mut parts = vec![self.expression(&e.right)];
        let mut left = &*e.left;
        while let py::Expr::BinOp(inner) = left
            && !matches!(inner.op, py::Operator::Add | py::Operator::Mod | py::Operator::Div)
        {
            parts.push(self.expression(&inner.right));
            left = &inner.left;
        }
        parts.push(self.expression(left));
        parts.reverse();
        opaque(parts, span)
    }

    fn sum(&mut self, e: &py::ExprBinOp, span: Span) -> Expr {
        let mut written = vec![&*e.right];
        let mut left = &*e.left;
        while let py::Expr::BinOp(inner) = left
            && inner.op == py::Operator::Add
        {
            written.push(&inner.right);
            left = &inner.left;
        }
        written.push(left);
        written.reverse();
        let lists = written.iter().any(|part| matches!(part, py::Expr::List(_) | py::Expr::Tuple(_)));
        let numbers = written.iter().any(|part| matches!(part, py::Expr::NumberLiteral(_)));
        let parts: Vec<Expr> = written.iter().map(|part| self.expression(part)).collect();
        added(parts, lists, numbers, span)
    }

    /// `"… {} …".format(…)`.
    pub(super) fn formatted(&mut self, text: &str, call: &py::ExprCall, span: Span) -> Expr {
        let mut given: Vec<(Option<String>, Expr)> =
            call.arguments.args.iter().map(|arg| (None, self.expression(arg))).collect();
        for keyword in &call.arguments.keywords {
            let named = keyword.arg.as_ref().map(|arg| arg.id.to_string());
            given.push((named, self.expression(&keyword.value)));
        }
        let mut next = 0;
        let mut parts = Vec::new();
        for piece in brace_pieces(text) {
            match piece {
                Piece::Text(text) => parts.push(Expr::text(text, span)),
                Piece::Hole(field) => {
                    let root = field.split(['.', '[', ':', '!']).next().unwrap_or_default();
                    let at = if root.is_empty() {
                        next += 1;
                        Some(next - 1)
                    } else {
                        root.parse().ok()
                    };
                    let value = match at {
                        Some(at) => given.get(at).filter(|(named, _)| named.is_none()),
                        None => given.iter().find(|(named, _)| named.as_deref() == Some(root)),
                    };
                    parts.push(value.map_or_else(|| opaque(Vec::new(), span), |(_, value)| value.clone()));
                }
            }
        }
        Expr::new(ExprKind::Concat(parts), span)
    }
}

/// What a sum gives: a longer list, a number that nobody needs, or a text.
pub(super) fn added(parts: Vec<Expr>, lists: bool, numbers: bool, span: Span) -> Expr {
    if lists {
        let items = parts.into_iter().flat_map(|part| match *part.kind {
            ExprKind::List(items) => items,
            kind => vec![Expr::new(ExprKind::Spread(Expr::new(kind, part.span)), part.span)],
        });
        return Expr::new(ExprKind::List(items.collect()), span);
    }
    if numbers {
        return opaque(parts, span);
    }
    let parts = parts.into_iter().flat_map(|part| match *part.kind {
        ExprKind::Concat(inner) => inner,
        kind => vec![Expr::new(kind, part.span)],
    });
    Expr::new(ExprKind::Concat(parts.collect()), span)
}

enum Piece {
    Text(String),
    Hole(String),
}

fn filled(pieces: &[Piece], args: Vec<Expr>, span: Span) -> Expr {
    let mut args = args.into_iter();
    let mut parts = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => parts.push(Expr::text(text.clone(), span)),
            Piece::Hole(_) => parts.push(args.next().unwrap_or_else(|| opaque(Vec::new(), span))),
        }
    }
    if parts.is_empty() {
        return Expr::text("", span);
    }
    Expr::new(ExprKind::Concat(parts), span)
}

/// The parts of `"… %s … %(name)s …"`.
fn percent_pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            plain.push(c);
            continue;
        }
        match chars.peek() {
            Some('%') => {
                chars.next();
                plain.push('%');
                continue;
            }
            None => continue,
            Some(_) => {}
        }
        let mut field = String::new();
        if chars.peek() == Some(&'(') {
            field.extend(chars.by_ref().skip(1).take_while(|c| *c != ')'));
        }
        // Flags and width, up to the letter.
        for c in chars.by_ref() {
            if c.is_ascii_alphabetic() {
                break;
            }
        }
        out.push(Piece::Text(std::mem::take(&mut plain)));
        out.push(Piece::Hole(field));
    }
    out.push(Piece::Text(plain));
    out
}

/// The parts of `"… {} … {name} …"`.
fn brace_pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let doubled = chars.peek() == Some(&c);
        match c {
            '{' | '}' if doubled => {
                chars.next();
                plain.push(c);
            }
            '{' => {
                out.push(Piece::Text(std::mem::take(&mut plain)));
                out.push(Piece::Hole(chars.by_ref().take_while(|c| *c != '}').collect()));
            }
            _ => plain.push(c),
        }
    }
    out.push(Piece::Text(plain));
    out
}
