//! Simple commands: assignments, words, redirects, and what they come to.

use super::cursor::{Parser, is_name, is_name_start};
use super::expansion::variable;
use super::heredoc::Redirects;
use super::list::Piece;
use super::word::{Mode, Word};
use crate::words::flow::{EnvSetting, Expr, ExprKind, Node, NodeKind, Run, Stdin};
use crate::words::span::Span;

/// `X=…` where it stands: before a command, alone, or behind `export`.
#[derive(Clone)]
pub(super) struct Assignment {
    pub(super) name: String,
    pub(super) target: Expr,
    pub(super) value: Expr,
    pub(super) span: Span,
}

/// A word of a simple command.
#[derive(Clone)]
pub(super) enum Argument {
    Word(Word),
    /// Only behind a declaring command.
    Assignment(Assignment),
}

pub(super) struct Simple {
    pub(super) env: Vec<Assignment>,
    pub(super) arguments: Vec<Argument>,
    pub(super) redirects: Redirects,
    pub(super) span: Span,
}

impl Simple {
    /// The literal text of an argument.
    pub(super) fn literal(&self, at: usize) -> Option<String> {
        match self.arguments.get(at) {
            Some(Argument::Word(word)) => word.literal(),
            _ => None,
        }
    }

    pub(super) fn words_from(&self, from: usize) -> Vec<Word> {
        self.arguments
            .iter()
            .skip(from)
            .filter_map(|argument| match argument {
                Argument::Word(word) => Some(word.clone()),
                Argument::Assignment(_) => None,
            })
            .collect()
    }

    /// As a program that is started with these words.
    pub(super) fn run(self, from: usize) -> Expr {
        let words = self
            .arguments
            .into_iter()
            .skip(from)
            .map(|argument| match argument {
                Argument::Word(word) => word.argument(),
                Argument::Assignment(set) => {
                    let name = Expr::text(format!("{}=", set.name), set.span);
                    Expr::new(ExprKind::Concat(vec![name, set.value]), set.span)
                }
            })
            .collect();
        let env = self
            .env
            .into_iter()
            .map(|set| EnvSetting { name: set.name, value: set.value, span: set.span })
            .collect();
        let run = Expr::new(ExprKind::Run(Run { words, env, stdin: self.redirects.stdin }), self.span);
        if self.redirects.evaluated.is_empty() {
            return run;
        }
        let targets = Expr::new(ExprKind::Opaque(self.redirects.evaluated), self.span);
        Expr::new(ExprKind::Sequence(vec![targets, run]), self.span)
    }
}

impl Parser<'_> {
    pub(super) fn simple(&mut self) -> Option<Piece> {
        let from = self.at;
        let mut simple = Simple {
            env: Vec::new(),
            arguments: Vec::new(),
            redirects: Redirects::none(),
            span: self.span(from, from),
        };
        let mut end = from;
        loop {
            self.blanks();
            if self.eof() || self.gave_up() || (self.peek(0) == b'#' && self.starts_word()) {
                break;
            }
            if self.redirect(&mut simple.redirects) {
                end = self.at;
                continue;
            }
            let declares =
                simple.arguments.first().map(|_| declares(simple.literal(0).as_deref().unwrap_or("")));
            if declares != Some(false)
                && let Some(set) = self.assignment()
            {
                end = self.at;
                if declares.is_none() {
                    simple.env.push(set);
                } else {
                    simple.arguments.push(Argument::Assignment(set));
                }
                continue;
            }
            let Some(word) = self.word(Mode::Plain) else { break };
            end = self.at;
            simple.arguments.push(Argument::Word(word));
        }
        if end == from {
            return None;
        }
        if self.peek(0) == b'#' {
            self.comment();
        }
        if self.peek(0) == b'(' && !self.eof() {
            self.problem(self.at, self.at + 1, "a parenthesis where no word or command can start");
            self.at += 1;
        }
        simple.span = self.span(from, end);
        Some(self.lower_simple(simple))
    }

    fn starts_word(&self) -> bool {
        self.at == 0 || super::cursor::is_delimiter(self.byte(self.at - 1))
    }

    fn lower_simple(&mut self, simple: Simple) -> Piece {
        if simple.arguments.is_empty() {
            return without_command(simple);
        }
        self.builtin(simple)
    }

    /// `NAME=`, `NAME+=`, `NAME[…]=` at the cursor, with its value.
    pub(super) fn assignment(&mut self) -> Option<Assignment> {
        let from = self.at;
        if !is_name_start(self.peek(0)) {
            return None;
        }
        let mut to = from;
        while is_name(self.byte(to)) {
            to += 1;
        }
        let name_end = to;
        if self.byte(to) == b'[' {
            let rest = self.slice(to, self.end);
            let line = rest.find('\n').unwrap_or(rest.len());
            to += rest.get(..line)?.find(']')? + 1;
        }
        let appends = self.byte(to) == b'+';
        let equals = to + usize::from(appends);
        if self.byte(equals) != b'=' {
            return None;
        }
        let name = self.slice(from, name_end).to_owned();
        let mut target = variable(&name, self.span(from, name_end));
        if to > name_end {
            self.at = name_end;
            target = self.subscript(target).0;
        }
        self.at = equals + 1;
        let head = self.slice(from, self.at);
        self.token(head);
        let value_from = self.at;
        let mut value = if self.peek(0) == b'(' {
            self.array(&target, appends)
        } else {
            let word = if self.eof() { None } else { self.word(Mode::Plain) };
            let value = word.map_or_else(|| Expr::text("", self.since(value_from)), Word::value);
            if appends {
                let span = self.since(from);
                Expr::new(ExprKind::Concat(vec![target.clone(), value]), span)
            } else {
                value
            }
        };
        if value.span == self.span(value_from, value_from) && self.at > value_from {
            value.span = self.since(value_from);
        }
        Some(Assignment { name, target, value, span: self.since(from) })
    }

    fn array(&mut self, target: &Expr, appends: bool) -> Expr {
        let from = self.at;
        self.take("(");
        let mut items = Vec::new();
        if appends {
            items.push(Expr::new(ExprKind::Spread(target.clone()), target.span));
        }
        loop {
            self.lines();
            let Some(word) = self.word(Mode::Plain) else { break };
            items.push(word.argument());
        }
        if self.peek(0) == b')' {
            self.take(")");
        } else {
            self.problem(from, from + 1, "this list is never closed");
        }
        Expr::new(ExprKind::List(items), self.since(from))
    }
}

/// Commands behind which `X=…` is an assignment, not a word.
pub(super) fn declares(name: &str) -> bool {
    matches!(name, "export" | "declare" | "typeset" | "readonly" | "local")
}

/// Assignments alone, or redirects alone.
fn without_command(simple: Simple) -> Piece {
    let span = simple.span;
    let mut nodes: Vec<Node> = Vec::new();
    if simple.redirects.any {
        let name = if matches!(simple.redirects.stdin, Stdin::Inherit) { ":" } else { "cat" };
        let words = vec![Expr::text(name, span)];
        let run = Run { words, env: Vec::new(), stdin: simple.redirects.stdin };
        let run = Expr::new(ExprKind::Run(run), span);
        let expr = if simple.redirects.evaluated.is_empty() {
            run
        } else {
            let targets = Expr::new(ExprKind::Opaque(simple.redirects.evaluated), span);
            Expr::new(ExprKind::Sequence(vec![targets, run]), span)
        };
        nodes.push(Node { kind: NodeKind::Command(expr), span });
    }
    for set in simple.env {
        let kind = NodeKind::Assign { target: set.target, value: set.value };
        nodes.push(Node { kind, span: set.span });
    }
    Piece::Nodes(nodes, span)
}
