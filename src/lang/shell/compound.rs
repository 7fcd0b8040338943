//! `if`, `case`, loops and groups.

use super::condition::{is_pattern, pattern_of};
use super::cursor::{LONGEST_CHAIN, Parser};
use super::expansion::variable;
use super::heredoc::Redirects;
use super::list::{Piece, status_of};
use super::word::{Mode, Word};
use crate::words::flow::{
    Block, Comparison, Each, Expr, ExprKind, Node, NodeKind, PatternSyntax, Run, Stdin,
};
use crate::words::span::Span;

impl Parser<'_> {
    /// A command: compound or simple. None where none starts here.
    pub(super) fn command(&mut self) -> Option<Piece> {
        self.blanks();
        if self.eof() || self.gave_up() {
            return None;
        }
        let from = self.at;
        let piece = if self.looking_at("((") && self.closes_arithmetic(self.at) {
            self.token("");
            let value = self.arithmetic(from, 2);
            Piece::Status(value)
        } else if self.peek(0) == b'(' {
            self.group("(", ")")
        } else {
            match self.bare() {
                "{" => self.group("{", "}"),
                "if" => self.conditional(),
                "case" => self.case(),
                "while" | "until" => self.loop_while(),
                "for" | "select" => self.loop_for(),
                "[[" => Piece::Status(self.double_bracket()),
                "function" => return self.function_keyword(),
                "coproc" => {
                    self.take("coproc");
                    let inner = self.command()?.into_status();
                    Piece::Status(Expr::new(ExprKind::Detached(inner), self.since(from)))
                }
                "@test" => {
                    // bats: a title, then the body.
                    self.take("@test");
                    self.blanks();
                    self.word(Mode::Plain);
                    self.blanks();
                    self.group("{", "}")
                }
                "then" | "fi" | "elif" | "else" | "do" | "done" | "esac" | "}" => return None,
                _ => {
                    if let Some(name) = self.function_name() {
                        return self.function_body(from, name);
                    }
                    return self.simple();
                }
            }
        };
        Some(self.with_redirects(piece))
    }

    fn with_redirects(&mut self, mut piece: Piece) -> Piece {
        let mut redirects = Redirects::none();
        loop {
            self.blanks();
            if !self.redirect(&mut redirects) {
                break;
            }
        }
        let mut evaluated = redirects.evaluated;
        match &mut piece {
            Piece::Status(group) => feed(group, &redirects.stdin),
            Piece::Nodes(nodes, _) => feed_all(nodes, &redirects.stdin),
        }
        match redirects.stdin {
            Stdin::Inherit => {}
            Stdin::Text(text) | Stdin::File(text) => {
                if !matches!(*text.kind, ExprKind::Text(_)) {
                    evaluated.insert(0, text);
                }
            }
        }
        if evaluated.is_empty() {
            return piece;
        }
        let Some(span) = evaluated.iter().map(|expr| expr.span).reduce(Span::to) else { return piece };
        let node = Node { kind: NodeKind::Eval(Expr::new(ExprKind::Opaque(evaluated), span)), span };
        let nodes: Vec<Node> = std::iter::once(node).chain(piece.into_nodes()).collect();
        let span = nodes.iter().map(|node| node.span).reduce(Span::to).unwrap_or(span);
        Piece::Nodes(nodes, span)
    }

    fn group(&mut self, open: &str, close: &str) -> Piece {
        let from = self.at;
        // The body of a function or of a test may be missing, where the text ends.
        if self.looking_at(open) {
            self.take(open);
        }
        let opened = self.at;
        let body = self.block(&[close]);
        self.lines();
        if self.looking_at(close) {
            self.take(close);
        } else {
            self.problem(from, opened, format!("this `{open}` is never closed"));
        }
        Piece::Status(Expr::new(ExprKind::Group { body, isolated: open == "(" }, self.since(from)))
    }

    fn conditional(&mut self) -> Piece {
        let from = self.at;
        let mut arms = Vec::new();
        let mut other = Vec::new();
        let mut word = "if";
        loop {
            let start = self.at;
            self.take(word);
            let test_from = self.at;
            let test = self.block(&["then"]);
            let test = status_of(test, self.since(test_from));
            self.expect_word("then", start, word);
            let then = self.block(&["elif", "else", "fi"]);
            arms.push((start, test, then));
            match self.bare() {
                "elif" if arms.len() < LONGEST_CHAIN => word = "elif",
                "elif" => {
                    self.give_up("this `if` has too many parts to be read");
                    break;
                }
                "else" => {
                    self.take("else");
                    other = self.block(&["fi"]);
                    break;
                }
                _ => break,
            }
        }
        self.expect_word("fi", from, "if");
        let end = self.at;
        for (start, test, then) in arms.into_iter().rev() {
            let span = self.span(start, end);
            other = vec![Node { kind: NodeKind::Branch { test, then, other }, span }];
        }
        Piece::Nodes(other, self.span(from, end))
    }

    fn loop_while(&mut self) -> Piece {
        let from = self.at;
        let word = self.bare();
        self.take(word);
        let test_from = self.at;
        let test = self.block(&["do"]);
        let mut test = status_of(test, self.since(test_from));
        if word == "until" {
            let span = test.span;
            test = Expr::new(ExprKind::Not(test), span);
        }
        let body = self.do_group(from, word);
        let kind = NodeKind::Loop { test: Some(test), each: None, body, at_least_once: false };
        Piece::node(kind, self.since(from))
    }

    fn do_group(&mut self, from: usize, word: &str) -> Block {
        self.lines();
        if self.bare() == "{" {
            return self.group("{", "}").into_nodes();
        }
        self.expect_word("do", from, word);
        let body = self.block(&["done"]);
        self.expect_word("done", from, word);
        body
    }

    fn loop_for(&mut self) -> Piece {
        let from = self.at;
        let word = self.bare();
        self.take(word);
        self.blanks();
        if self.looking_at("((") {
            let start = self.at;
            self.token("");
            let test = self.arithmetic(start, 2);
            self.separator();
            let body = self.do_group(from, word);
            let kind = NodeKind::Loop { test: Some(test), each: None, body, at_least_once: false };
            return Piece::node(kind, self.since(from));
        }
        let name_from = self.at;
        let name = self.bare().to_owned();
        if name.is_empty() {
            self.problem(from, self.at, format!("this `{word}` names no variable"));
        } else {
            self.take(&name);
        }
        let name_span = self.since(name_from);
        self.lines();
        let mut items = Vec::new();
        let mut certain = false;
        if self.bare() == "in" {
            self.take("in");
            loop {
                self.blanks();
                let Some(item) = self.word(Mode::Plain) else { break };
                let pattern = is_pattern(&item);
                let item = item.argument();
                certain |= !pattern && !matches!(*item.kind, ExprKind::Spread(_));
                items.push(item);
            }
        } else {
            let every = variable("@", name_span);
            items.push(Expr::new(ExprKind::Spread(every), name_span));
        }
        let span = items.iter().map(|item| item.span).reduce(Span::to).unwrap_or(name_span);
        let over = Expr::new(ExprKind::List(items), span);
        self.separator();
        let mut body = self.do_group(from, word);
        if word == "select" {
            // A menu: which of the words it is, a person answers.
            body.insert(0, asked(&name, name_span));
            body.insert(0, Node { kind: NodeKind::Eval(over), span });
            let kind = NodeKind::Loop { test: None, each: None, body, at_least_once: true };
            return Piece::node(kind, self.since(from));
        }
        let each = Some(Each { name, over });
        Piece::node(NodeKind::Loop { test: None, each, body, at_least_once: certain }, self.since(from))
    }

    fn separator(&mut self) {
        self.blanks();
        if self.peek(0) == b';' {
            self.at += 1;
        }
    }

    fn case(&mut self) -> Piece {
        let from = self.at;
        self.take("case");
        self.blanks();
        let value = self.word(Mode::Plain);
        let value = value.map_or_else(|| Expr::text("", self.since(from)), Word::value);
        self.expect_word("in", from, "case");
        // Tests, body, and whether the body goes on into the next one.
        let mut items: Vec<(Span, Option<Expr>, Block, bool)> = Vec::new();
        loop {
            self.lines();
            if self.eof() || self.bare() == "esac" {
                break;
            }
            if items.len() >= LONGEST_CHAIN {
                self.give_up("this `case` has too many parts to be read");
                break;
            }
            let start = self.at;
            let test = self.case_patterns(&value);
            if self.peek(0) != b')' {
                self.problem(start, self.at.max(start + 1), "this part of a `case` has no pattern");
                break;
            }
            self.take(")");
            let body = self.block(&["esac"]);
            let span = self.since(start);
            let falls = self.looking_at(";&");
            for end in [";;&", ";;", ";&"] {
                if self.looking_at(end) {
                    self.take(end);
                    break;
                }
            }
            items.push((span, test, body, falls));
        }
        self.expect_word("esac", from, "case");
        let mut other: Block = Vec::new();
        let mut following: Block = Vec::new();
        for (span, test, mut body, falls) in items.into_iter().rev() {
            if falls && following.len() < LONGEST_CHAIN {
                body.extend(following.iter().cloned());
            }
            following.clone_from(&body);
            other = match test {
                Some(test) => {
                    vec![Node { kind: NodeKind::Branch { test, then: body, other }, span }]
                }
                None => body,
            };
        }
        let span = self.since(from);
        if other.is_empty() {
            // The value is evaluated even where no part does anything.
            other.push(Node { kind: NodeKind::Eval(value), span });
        }
        Piece::Nodes(other, span)
    }

    /// `a|b*)`; None where one of them matches anything.
    fn case_patterns(&mut self, value: &Expr) -> Option<Expr> {
        if self.peek(0) == b'(' {
            self.take("(");
        }
        let mut test: Option<Expr> = None;
        let mut anything = false;
        for _ in 0..LONGEST_CHAIN {
            self.blanks();
            let Some(word) = self.word(Mode::Plain) else { break };
            let span = word.span;
            anything |= word.bare().as_deref() == Some("*");
            let value = value.clone();
            let one = if is_pattern(&word) {
                ExprKind::Matches { value, pattern: pattern_of(word), syntax: PatternSyntax::Glob }
            } else {
                ExprKind::Compare { op: Comparison::Equal, left: value, right: word.value() }
            };
            let one = Expr::new(one, span);
            test = Some(match test {
                Some(before) => {
                    let span = before.span.to(span);
                    Expr::new(ExprKind::Or(before, one), span)
                }
                None => one,
            });
            self.blanks();
            if self.peek(0) != b'|' {
                break;
            }
            self.take("|");
        }
        if anything { None } else { test }
    }
}

/// `name` is what `read` gives.
fn asked(name: &str, span: Span) -> Node {
    let words = ["read", "-r", name].into_iter().map(|word| Expr::text(word, span)).collect();
    let run = Expr::new(ExprKind::Run(Run { words, env: Vec::new(), stdin: Stdin::Inherit }), span);
    let value = Expr::new(ExprKind::Capture(vec![Node { kind: NodeKind::Command(run), span }]), span);
    Node { kind: NodeKind::Assign { target: variable(name, span), value }, span }
}

/// A group's input is that of the commands in it which have none of their own.
fn feed(expr: &mut Expr, stdin: &Stdin) {
    if matches!(stdin, Stdin::Inherit) {
        return;
    }
    match expr.kind.as_mut() {
        ExprKind::Run(run) if matches!(run.stdin, Stdin::Inherit) => run.stdin = stdin.clone(),
        ExprKind::And(left, right) | ExprKind::Or(left, right) => {
            feed(left, stdin);
            feed(right, stdin);
        }
        ExprKind::Not(inner) | ExprKind::Assign { value: inner, .. } => feed(inner, stdin),
        ExprKind::Sequence(parts) => parts.iter_mut().for_each(|part| feed(part, stdin)),
        ExprKind::Capture(body) => feed_all(body, stdin),
        ExprKind::Pipe(parts) => {
            if let Some(first) = parts.first_mut() {
                feed(first, stdin);
            }
        }
        ExprKind::Group { body, .. } => feed_all(body, stdin),
        _ => {}
    }
}

fn feed_all(body: &mut Block, stdin: &Stdin) {
    for node in body {
        match &mut node.kind {
            NodeKind::Command(expr) => feed(expr, stdin),
            NodeKind::Loop { test, body, .. } => {
                if let Some(test) = test {
                    feed(test, stdin);
                }
                feed_all(body, stdin);
            }
            _ => {}
        }
    }
}
