//! Where values go: assignment targets, and the patterns of `match`.

use ruff_python_ast as py;
use ruff_text_size::Ranged;

use super::{Lowering, local, member, name, node, opaque};
use crate::words::flow::{Block, Comparison, Expr, ExprKind, NodeKind};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn bind_target(&mut self, target: &py::Expr, value: Expr, out: &mut Block) {
        let span = self.span_of(target);
        match target {
            py::Expr::Name(target) => {
                let at = span.to(value.span);
                self.keep(target.id.as_str(), value, at, out);
            }
            py::Expr::Tuple(all) => self.bind_each(&all.elts, value, span, out),
            py::Expr::List(all) => self.bind_each(&all.elts, value, span, out),
            py::Expr::Starred(rest) => self.bind_target(&rest.value, opaque(vec![value], span), out),
            other => {
                let target = self.expression(other);
                out.push(node(NodeKind::Assign { target, value }, span));
            }
        }
    }

    fn bind_each(&mut self, targets: &[py::Expr], value: Expr, span: Span, out: &mut Block) {
        // `a, b = 1, 2` needs no list in between.
        if let ExprKind::List(items) = &*value.kind
            && items.len() == targets.len()
            && !items.iter().any(|item| matches!(&*item.kind, ExprKind::Spread(_)))
            && !targets.iter().any(py::Expr::is_starred_expr)
        {
            let items = items.clone();
            let fresh: Vec<String> = items.iter().map(|_| self.fresh()).collect();
            for (name, item) in fresh.iter().zip(items) {
                out.push(local(name.clone(), item, span));
            }
            for (target, fresh) in targets.iter().zip(fresh) {
                self.bind_nested(target, name(fresh, span), out);
            }
            return;
        }
        let fresh = self.fresh();
        out.push(local(fresh.clone(), value, span));
        for (index, target) in targets.iter().enumerate() {
            let of = name(fresh.clone(), span);
            let at = f64::from(u32::try_from(index).unwrap_or(u32::MAX));
            let key = Expr::new(ExprKind::Number(at), span);
            let value = Expr::new(ExprKind::Index { of, key }, span);
            self.bind_nested(target, value, out);
        }
    }

    fn bind_nested(&mut self, target: &py::Expr, value: Expr, out: &mut Block) {
        let span = value.span;
        if self.deeper(span, |l| l.bind_target(target, value, out)).is_none() {
            out.push(node(NodeKind::Opaque(Vec::new()), span));
        }
    }

    pub(super) fn match_statement(&mut self, s: &py::StmtMatch, span: Span, out: &mut Block) {
        let subject = self.fresh();
        let value = self.expression(&s.subject);
        out.push(local(subject.clone(), value, span));
        let mut other = Block::new();
        for case in s.cases.iter().rev().take(100) {
            let at = self.span(case.range());
            let mut then = Block::new();
            let of = name(subject.clone(), span);
            let mut test = self.pattern(&case.pattern, &of, &mut then);
            if let Some(guard) = &case.guard {
                let guard = self.expression(guard);
                test = Expr::new(ExprKind::And(test, guard), at);
            }
            self.block_into(&case.body, &mut then);
            other = match &*test.kind {
                ExprKind::Bool(true) => then,
                _ => vec![node(NodeKind::Branch { test, then, other }, at)],
            };
        }
        out.extend(other);
    }

    /// Whether the value fits; what fits is bound in `out`.
    fn pattern(&mut self, pattern: &py::Pattern, of: &Expr, out: &mut Block) -> Expr {
        let span = self.span(pattern.range());
        let inner = self.deeper(span, |l| l.pattern_here(pattern, of, span, out));
        inner.unwrap_or_else(|| opaque(Vec::new(), span))
    }

    fn pattern_here(&mut self, pattern: &py::Pattern, of: &Expr, span: Span, out: &mut Block) -> Expr {
        let same = |right: Expr| {
            Expr::new(ExprKind::Compare { op: Comparison::Equal, left: of.clone(), right }, span)
        };
        let always = || Expr::new(ExprKind::Bool(true), span);
        let mut maybe = vec![of.clone()];
        match pattern {
            py::Pattern::MatchValue(p) => same(self.expression(&p.value)),
            py::Pattern::MatchSingleton(p) => same(Expr::new(
                match p.value {
                    py::Singleton::None => ExprKind::Null,
                    py::Singleton::True => ExprKind::Bool(true),
                    py::Singleton::False => ExprKind::Bool(false),
                },
                span,
            )),
            py::Pattern::MatchOr(p) => {
                let all: Vec<Expr> = p.patterns.iter().map(|one| self.pattern(one, of, out)).collect();
                let any = all.into_iter().rev().reduce(|b, a| Expr::new(ExprKind::Or(a, b), span));
                any.unwrap_or_else(always)
            }
            py::Pattern::MatchAs(p) => {
                let test = p.pattern.as_ref().map_or_else(always, |inner| self.pattern(inner, of, out));
                if let Some(bound) = &p.name {
                    self.keep(bound.id.as_str(), of.clone(), span, out);
                }
                test
            }
            py::Pattern::MatchSequence(p) => {
                for (index, inner) in p.patterns.iter().enumerate() {
                    let at = f64::from(u32::try_from(index).unwrap_or(u32::MAX));
                    let key = Expr::new(ExprKind::Number(at), span);
                    let part = Expr::new(ExprKind::Index { of: of.clone(), key }, span);
                    maybe.push(self.pattern(inner, &part, out));
                }
                opaque(maybe, span)
            }
            py::Pattern::MatchMapping(p) => {
                for (key, inner) in p.keys.iter().zip(&p.patterns) {
                    let key = self.expression(key);
                    let part = Expr::new(ExprKind::Index { of: of.clone(), key }, span);
                    maybe.push(self.pattern(inner, &part, out));
                }
                opaque(maybe, span)
            }
            py::Pattern::MatchClass(p) => {
                for inner in &p.arguments.patterns {
                    let part = opaque(vec![of.clone()], span);
                    maybe.push(self.pattern(inner, &part, out));
                }
                for keyword in &p.arguments.keywords {
                    let part = member(of.clone(), keyword.attr.id.as_str(), span);
                    maybe.push(self.pattern(&keyword.pattern, &part, out));
                }
                opaque(maybe, span)
            }
            py::Pattern::MatchStar(p) => {
                if let Some(bound) = &p.name {
                    self.keep(bound.id.as_str(), opaque(vec![of.clone()], span), span, out);
                }
                always()
            }
        }
    }
}
