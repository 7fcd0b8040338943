//! Statements in a row, `&&` and `||`, pipelines.

use super::cursor::{LONGEST_CHAIN, Parser};
use crate::words::flow::{Block, Expr, ExprKind, Node, NodeKind};
use crate::words::span::Span;

/// What one command lowers to: some are statements of the flow, the others have a status.
pub(super) enum Piece {
    Nodes(Vec<Node>, Span),
    Status(Expr),
}

impl Piece {
    pub(super) fn node(kind: NodeKind, span: Span) -> Self {
        Self::Nodes(vec![Node { kind, span }], span)
    }

    pub(super) fn into_status(self) -> Expr {
        match self {
            Self::Status(expr) => expr,
            Self::Nodes(body, span) => Expr::new(ExprKind::Group { body, isolated: false }, span),
        }
    }

    pub(super) fn into_nodes(self) -> Vec<Node> {
        match self {
            Self::Nodes(nodes, _) => nodes,
            Self::Status(expr) => {
                let span = expr.span;
                vec![Node { kind: NodeKind::Command(expr), span }]
            }
        }
    }

    fn span(&self) -> Span {
        match self {
            Self::Nodes(_, span) => *span,
            Self::Status(expr) => expr.span,
        }
    }
}

/// A block as a condition: the status of its last statement.
pub(super) fn status_of(mut block: Block, span: Span) -> Expr {
    if block.len() == 1
        && let Some(node) = block.pop()
    {
        return match node.kind {
            NodeKind::Command(expr) => expr,
            kind => {
                let body = vec![Node { kind, span: node.span }];
                Expr::new(ExprKind::Group { body, isolated: false }, node.span)
            }
        };
    }
    Expr::new(ExprKind::Group { body: block, isolated: false }, span)
}

impl Parser<'_> {
    pub(super) fn program(&mut self) -> Block {
        let mut body = Vec::new();
        loop {
            body.extend(self.block(&[]));
            if self.eof() {
                return body;
            }
            // Only something that closes what was never opened stops a block without stops.
            let from = self.at;
            let word = self.bare();
            self.at += word.len().max(1);
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
            let text = self.slice(from, self.at).to_owned();
            self.token(&text);
            self.problem(from, self.at, format!("`{}` closes nothing here", text.trim_end()));
        }
    }

    /// Statements up to one of `stops` (reserved words, `)` or `;;`), which is not consumed.
    pub(super) fn block(&mut self, stops: &[&str]) -> Block {
        let mut body = Vec::new();
        if !self.down() {
            return body;
        }
        while !self.at_block_end(stops) {
            let from = self.at;
            let piece = self.and_or();
            if self.at == from {
                // Whatever it is, it starts no statement: it is left to the program's loop.
                if self.peek(0) == b';' && self.peek(1) != b';' {
                    self.problem(from, from + 1, "a `;` without a command before it");
                    self.at += 1;
                    continue;
                }
                if self.peek(0) == b'&' || self.peek(0) == b'|' {
                    self.problem(from, from + 1, "an operator without a command before it");
                    self.at += 1;
                    continue;
                }
                break;
            }
            self.blanks();
            self.statement_end(piece, &mut body);
        }
        self.up();
        body
    }

    fn at_block_end(&mut self, stops: &[&str]) -> bool {
        self.lines();
        if self.eof() {
            return true;
        }
        if self.peek(0) == b')' {
            return true;
        }
        if self.looking_at(";;") || self.looking_at(";&") {
            return true;
        }
        let word = self.bare();
        if stops.contains(&word) {
            return true;
        }
        matches!(word, "then" | "fi" | "elif" | "else" | "do" | "done" | "esac" | "}")
    }

    fn statement_end(&mut self, piece: Option<Piece>, body: &mut Block) {
        let background = self.peek(0) == b'&' && self.peek(1) != b'&';
        if let Some(piece) = piece {
            if background {
                let expr = piece.into_status();
                let span = expr.span;
                let detached = Expr::new(ExprKind::Detached(expr), span);
                body.push(Node { kind: NodeKind::Command(detached), span });
            } else {
                body.extend(piece.into_nodes());
            }
        }
        match self.peek(0) {
            b'&' if background => self.take("&"),
            b';' if self.peek(1) != b';' && self.peek(1) != b'&' => self.take(";"),
            b'\n' => {
                self.token(";");
                self.newline();
            }
            _ => {}
        }
    }

    /// `a && b || c`: both operators bind alike, from the left.
    fn and_or(&mut self) -> Option<Piece> {
        let mut left = self.pipeline()?;
        for _ in 0..LONGEST_CHAIN {
            self.blanks();
            let and = self.looking_at("&&");
            if !and && !self.looking_at("||") {
                return Some(left);
            }
            let operator = self.at;
            self.take(if and { "&&" } else { "||" });
            self.lines();
            let Some(right) = self.pipeline() else {
                self.problem(operator, operator + 2, "nothing follows this operator");
                return Some(left);
            };
            let span = left.span().to(right.span());
            let (left_status, right_status) = (left.into_status(), right.into_status());
            left = Piece::Status(Expr::new(
                if and {
                    ExprKind::And(left_status, right_status)
                } else {
                    ExprKind::Or(left_status, right_status)
                },
                span,
            ));
        }
        self.give_up("this chain of commands is too long to be read");
        Some(left)
    }

    fn pipeline(&mut self) -> Option<Piece> {
        let from = self.at;
        let mut negations = 0;
        loop {
            self.blanks();
            match self.bare() {
                "!" => {
                    self.take("!");
                    negations += 1;
                }
                "time" => {
                    self.take("time");
                    self.blanks();
                    if self.bare() == "-p" {
                        self.take("-p");
                    }
                }
                _ => break,
            }
        }
        let first = self.command();
        let Some(first) = first else {
            if self.at > from && !self.gave_up() {
                self.problem(from, self.at, "nothing follows this word");
            }
            return None;
        };
        let mut piece = self.piped(first);
        if negations % 2 == 1 {
            let status = piece.into_status();
            piece = Piece::Status(Expr::new(ExprKind::Not(status), self.since(from)));
        }
        Some(piece)
    }

    fn piped(&mut self, first: Piece) -> Piece {
        let mut parts = Vec::new();
        let mut last = first;
        loop {
            self.blanks();
            if self.peek(0) != b'|' || self.peek(1) == b'|' {
                break;
            }
            let operator = self.at;
            self.take(if self.peek(1) == b'&' { "|&" } else { "|" });
            self.lines();
            let Some(next) = self.command() else {
                self.problem(operator, operator + 1, "nothing follows this pipe");
                break;
            };
            parts.push(in_pipe(last));
            last = next;
        }
        if parts.is_empty() {
            return last;
        }
        parts.push(in_pipe(last));
        let span = parts.iter().map(|part| part.span).reduce(Span::to).unwrap_or_default();
        Piece::Status(Expr::new(ExprKind::Pipe(parts), span))
    }
}

/// Every part of a pipeline runs in a subshell: an exit or an assignment stays inside.
fn in_pipe(piece: Piece) -> Expr {
    let mut expr = piece.into_status();
    if let ExprKind::Group { isolated, .. } = expr.kind.as_mut() {
        *isolated = true;
    }
    expr
}
