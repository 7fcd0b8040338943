//! Function definitions.

use super::cursor::{Parser, is_name, is_name_start};
use super::list::Piece;
use crate::words::flow::{Expr, ExprKind, Function, NodeKind};

impl Parser<'_> {
    /// `name ()` at the cursor; the cursor moves behind it.
    pub(super) fn function_name(&mut self) -> Option<String> {
        let mut to = self.at;
        while to < self.end
            && (is_name(self.byte(to)) || matches!(self.byte(to), b'-' | b'.' | b':' | b'/' | b'@' | b'+'))
        {
            to += 1;
        }
        if to == self.at || !(is_name_start(self.peek(0)) || to > self.at + 1) {
            return None;
        }
        let name = self.slice(self.at, to).to_owned();
        while matches!(self.byte(to), b' ' | b'\t') {
            to += 1;
        }
        if self.byte(to) != b'(' {
            return None;
        }
        to += 1;
        while matches!(self.byte(to), b' ' | b'\t') {
            to += 1;
        }
        if self.byte(to) != b')' {
            return None;
        }
        self.at = to + 1;
        self.token(&name);
        self.token("()");
        Some(name)
    }

    pub(super) fn function_keyword(&mut self) -> Option<Piece> {
        let from = self.at;
        self.take("function");
        self.blanks();
        if let Some(name) = self.function_name() {
            return self.function_body(from, name);
        }
        let name = self.bare().to_owned();
        if name.is_empty() {
            self.problem(from, self.at, "this function has no name");
            return self.command();
        }
        self.token(&name);
        self.at += name.len();
        self.token("()");
        self.function_body(from, name)
    }

    pub(super) fn function_body(&mut self, from: usize, name: String) -> Option<Piece> {
        self.lines();
        if !self.down() {
            return None;
        }
        self.sink.in_function += 1;
        let piece = self.command();
        self.sink.in_function -= 1;
        self.up();
        let span = self.since(from);
        let Some(piece) = piece else {
            self.problem(from, self.at, "this function has no body");
            return Some(Piece::Nodes(Vec::new(), span));
        };
        let body = match piece {
            Piece::Status(expr) => match *expr.kind {
                ExprKind::Group { body, isolated: false } => body,
                kind => Piece::Status(Expr::new(kind, expr.span)).into_nodes(),
            },
            nodes @ Piece::Nodes(..) => nodes.into_nodes(),
        };
        let function = Function {
            name: Some(name.clone()),
            params: Vec::new(),
            body,
            is_async: false,
            is_generator: false,
            lexical_this: false,
            span,
        };
        let id = self.function(function);
        let value = Expr::new(ExprKind::Function(id), span);
        Some(Piece::node(NodeKind::Define { name, value }, span))
    }
}
