//! `switch`: its clauses as a chain of branches.

use super::cursor::{LONGEST_CHAIN, Parser, is_word, name, node};
use super::expression::{matches_glob, matches_regex};
use crate::words::flow::{Block, Comparison, Each, Expr, ExprKind, Node, NodeKind, Scope};

#[derive(Clone, Copy, Default)]
struct How {
    regex: bool,
    wildcard: bool,
    cased: bool,
    file: bool,
}

impl Parser<'_> {
    /// `switch -Regex ($x) { 'a' { … } default { … } }`, the cursor behind the keyword.
    pub(super) fn switch(&mut self, out: &mut Block, from: usize) {
        let how = self.switch_options();
        self.lines();
        let value = if self.peek(0) == b'(' { self.operand() } else { self.argument() };
        let span = self.since(from);
        self.lines();
        if !self.eat("{") {
            return self.problem(self.at, "a switch has no clauses");
        }
        let list = matches!(&*value.kind, ExprKind::List(_)) || how.file;
        // Asked once, compared often.
        let held = "$\u{0}switch";
        let simple = matches!(&*value.kind, ExprKind::Name(_) | ExprKind::Variable(_));
        let asked = if simple { value.clone() } else { name(held, span) };
        let mut clauses: Vec<(Option<Expr>, Block, usize)> = Vec::new();
        loop {
            self.terminators();
            if self.eof() || self.peek(0) == b'}' {
                break;
            }
            let start = self.at;
            let test = self.clause(&asked, how);
            self.lines();
            let body = self.block();
            if self.at == start || clauses.len() > LONGEST_CHAIN {
                return self.give_up("a switch is not understood");
            }
            clauses.push((test, body, start));
        }
        if !self.eat("}") {
            self.problem(from, "a switch is not closed");
        }
        let span = self.since(from);
        let mut chain: Block = Vec::new();
        // What is done by default is done where no clause fits, wherever it is written.
        clauses.sort_by_key(|(test, ..)| test.is_none());
        for (test, body, start) in clauses.into_iter().rev().collect::<Vec<_>>() {
            let body = without_breaks(body);
            let at = self.span_of(start, start + 1);
            chain = match test {
                None if chain.is_empty() => body,
                None => chain.into_iter().chain(body).collect(),
                Some(test) => vec![node(NodeKind::Branch { test, then: body, other: chain }, at)],
            };
        }
        let mut body = Vec::new();
        if !simple && !list {
            self.bind(held, value.clone(), Scope::Function, &mut body);
        }
        body.extend(chain);
        if list {
            let each = Some(Each { name: held.to_owned(), over: value });
            let kind = NodeKind::Loop { test: None, each, body, at_least_once: false };
            out.push(node(kind, span));
        } else {
            out.extend(body);
        }
    }

    fn switch_options(&mut self) -> How {
        let mut how = How::default();
        loop {
            self.lines();
            if self.peek(0) != b'-' || !is_word(self.peek(1)) {
                return how;
            }
            self.at += 1;
            let option = self.word().to_ascii_lowercase();
            how.regex |= option.starts_with('r');
            how.wildcard |= option.starts_with('w');
            how.cased |= option.starts_with('c');
            how.file |= option.starts_with('f');
        }
    }

    /// What a clause asks; None for `default`.
    fn clause(&mut self, asked: &Expr, how: How) -> Option<Expr> {
        let from = self.at;
        if self.eat_keyword("default") {
            return None;
        }
        if self.peek(0) == b'{' {
            // Any condition, asked of `$_`.
            self.at += 1;
            let mut body = Vec::new();
            self.statements(&mut body);
            self.eat("}");
            let span = self.since(from);
            let bind = NodeKind::Bind {
                name: "$_".to_owned(),
                value: Some(asked.clone()),
                scope: Scope::Function,
                type_name: None,
            };
            body.insert(0, node(bind, span));
            return Some(self.at_once(body, span));
        }
        let wanted = if matches!(self.peek(0), b'$' | b'(' | b'\'' | b'"' | b'@' | b'0'..=b'9' | b'[') {
            self.operand()
        } else {
            let value = self.argument();
            self.eat(",");
            value
        };
        let span = self.since(from);
        Some(if how.regex {
            matches_regex(asked.clone(), wanted, how.cased, span)
        } else if how.wildcard {
            matches_glob(asked.clone(), wanted, how.cased, span)
        } else {
            let op = if how.cased { Comparison::Equal } else { Comparison::EqualFolded };
            Expr::new(ExprKind::Compare { op, left: asked.clone(), right: wanted }, span)
        })
    }
}

/// A clause without the `break` that ends it. Where one stands in a branch, what follows the branch
/// belongs to its other side.
fn without_breaks(body: Block) -> Block {
    let mut out: Block = Vec::new();
    let mut rest = body.into_iter();
    while let Some(Node { kind, span }) = rest.next() {
        match kind {
            NodeKind::Break | NodeKind::Continue => return out,
            NodeKind::Branch { test, mut then, mut other } => {
                let (ends, other_ends) = (breaks(&then), breaks(&other));
                if ends || other_ends {
                    let after: Block = rest.collect();
                    if !ends {
                        then.extend(after.iter().cloned());
                    }
                    if !other_ends {
                        other.extend(after);
                    }
                    let (then, other) = (without_breaks(then), without_breaks(other));
                    out.push(Node { kind: NodeKind::Branch { test, then, other }, span });
                    return out;
                }
                out.push(Node { kind: NodeKind::Branch { test, then, other }, span });
            }
            kind => out.push(Node { kind, span }),
        }
    }
    out
}

fn breaks(block: &Block) -> bool {
    matches!(block.last().map(|node| &node.kind), Some(NodeKind::Break | NodeKind::Continue))
}
