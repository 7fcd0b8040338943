//! `switch` as a chain of branches: each case with what it falls through to.

use oxc_ast::ast as js;
use oxc_span::GetSpan;

use super::jumps::{Target, TargetKind, ends, without_breaks};
use super::{Lowering, name, node};
use crate::words::flow::{Block, Comparison, Expr, ExprKind, Node, NodeKind, Scope};
use crate::words::span::Span;

/// Longer chains are laid out flat, as if any of the cases could run: nesting has a price.
const MAX_CHAIN: usize = 120;

struct Case {
    tests: Vec<Expr>,
    default: bool,
    body: Block,
    span: Span,
}

impl Lowering<'_> {
    pub(super) fn switch(&mut self, switch: &js::SwitchStatement<'_>, labels: Vec<String>, out: &mut Block) {
        let span = self.span(switch.span);
        let always = matches!(&switch.discriminant, js::Expression::BooleanLiteral(b) if b.value);
        let value = self.expression(&switch.discriminant);
        let value = if always || matches!(*value.kind, ExprKind::Name(_)) {
            value
        } else {
            let fresh = self.fresh();
            let at = value.span;
            let bind = NodeKind::Bind {
                name: fresh.clone(),
                value: Some(value),
                scope: Scope::Block,
                type_name: None,
            };
            out.push(node(bind, at));
            name(fresh, at)
        };
        self.targets.push(Target { kind: TargetKind::Switch, labels });
        let mut hoisted = Block::new();
        for case in &switch.cases {
            self.hoist(&case.consequent, &mut hoisted);
        }
        let cases = self.cases(switch, &value, always);
        self.targets.pop();
        hoisted.extend(chain(cases, span));
        out.push(node(NodeKind::Scope(hoisted), span));
    }

    fn cases(&mut self, switch: &js::SwitchStatement<'_>, value: &Expr, always: bool) -> Vec<Case> {
        let mut cases: Vec<Case> = Vec::new();
        for case in &switch.cases {
            let span = self.span(case.span);
            let test = case.test.as_ref().map(|test| {
                let at = self.span(test.span());
                let right = self.expression(test);
                if always {
                    return right;
                }
                Expr::new(ExprKind::Compare { op: Comparison::Equal, left: value.clone(), right }, at)
            });
            let mut body = Block::new();
            self.unhoisted(&case.consequent, &mut body);
            // A case without statements is one more test of the next.
            if let Some(last) = cases.last_mut().filter(|last| last.body.is_empty()) {
                last.default |= test.is_none();
                last.tests.extend(test);
                last.body = body;
                last.span = last.span.to(span);
                continue;
            }
            let default = test.is_none();
            cases.push(Case { tests: test.into_iter().collect(), default, body, span });
        }
        cases
    }
}

fn chain(cases: Vec<Case>, span: Span) -> Block {
    let bodies: Vec<Block> = (0..cases.len())
        .map(|first| {
            let mut body = Block::new();
            for case in cases.iter().skip(first).take(12) {
                body.extend(case.body.iter().cloned());
                if ends(&body) {
                    break;
                }
            }
            without_breaks(body, span)
        })
        .collect();
    let flat = cases.len() > MAX_CHAIN;
    let mut fallback = Block::new();
    let mut branches: Vec<(Expr, Block, Span)> = Vec::new();
    for (case, body) in cases.into_iter().zip(bodies) {
        if case.default {
            // Tests that share the default's body decide nothing, but are still evaluated.
            fallback.extend(case.tests.into_iter().map(|test| {
                let at = test.span;
                node(NodeKind::Eval(test), at)
            }));
            fallback.extend(body);
        } else if let Some(test) = case.tests.into_iter().reduce(|left, right| {
            let at = left.span.to(right.span);
            Expr::new(ExprKind::Or(left, right), at)
        }) {
            branches.push((test, body, case.span));
        }
    }
    if flat {
        let branch = |(test, then, at)| node(NodeKind::Branch { test, then, other: Block::new() }, at);
        let mut out: Vec<Node> = branches.into_iter().map(branch).collect();
        out.extend(fallback);
        return out;
    }
    branches
        .into_iter()
        .rev()
        .fold(fallback, |other, (test, then, at)| vec![node(NodeKind::Branch { test, then, other }, at)])
}
