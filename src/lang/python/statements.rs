//! Statements to flow.

use ruff_python_ast as py;

use super::texts::added;
use super::{Lowering, dotted_name, functions, local, name, node, opaque, platform};
use crate::words::flow::{Block, Each, Expr, ExprKind, NodeKind, Scope};
use crate::words::span::Span;

/// More `elif` than anybody writes: the rest is read as conditions of their own.
const CHAIN: usize = 100;

impl Lowering<'_> {
    pub(super) fn block(&mut self, body: &[py::Stmt]) -> Block {
        let mut out = Block::new();
        self.block_into(body, &mut out);
        out
    }

    pub(super) fn block_into(&mut self, body: &[py::Stmt], out: &mut Block) {
        for statement in body {
            let span = self.span_of(statement);
            if self.deeper(span, |l| l.statement(statement, span, out)).is_none() {
                out.push(node(NodeKind::Opaque(Vec::new()), span));
            }
        }
    }

    fn statement(&mut self, statement: &py::Stmt, span: Span, out: &mut Block) {
        match statement {
            py::Stmt::FunctionDef(s) => self.function(s, span, out),
            py::Stmt::ClassDef(s) => self.class(s, span, out),
            py::Stmt::Return(s) => {
                let value = s.value.as_ref().map(|value| self.expression(value));
                out.push(node(NodeKind::Return(value), span));
            }
            py::Stmt::Delete(s) => {
                let targets = self.expressions(&s.targets);
                out.push(node(NodeKind::Eval(opaque(targets, span)), span));
            }
            py::Stmt::Assign(s) => self.assign(s, span, out),
            py::Stmt::AugAssign(s) => self.aug_assign(s, span, out),
            py::Stmt::AnnAssign(s) => self.ann_assign(s, span, out),
            py::Stmt::For(s) => self.for_loop(s, span, out),
            py::Stmt::While(s) => {
                let test = Some(self.expression(&s.test));
                let body = self.block(&s.body);
                let at_least_once = matches!(&*s.test, py::Expr::BooleanLiteral(b) if b.value);
                out.push(node(NodeKind::Loop { test, each: None, body, at_least_once }, span));
                self.block_into(&s.orelse, out);
            }
            py::Stmt::If(s) => self.if_chain(s, span, out),
            py::Stmt::With(s) => self.with(&s.items, s, out),
            py::Stmt::Match(s) => self.match_statement(s, span, out),
            py::Stmt::Raise(s) => self.raise(s, span, out),
            py::Stmt::Try(s) => self.try_statement(s, span, out),
            py::Stmt::Assert(s) => {
                // `python -O` runs none of them.
                let test = Expr::new(ExprKind::Not(self.expression(&s.test)), span);
                let failure = opaque(s.msg.iter().map(|m| self.expression(m)).collect(), span);
                let then = vec![node(NodeKind::Throw(failure), span)];
                let check = node(NodeKind::Branch { test, then, other: Block::new() }, span);
                let test = opaque(Vec::new(), span);
                let kind = NodeKind::Branch { test, then: vec![check], other: Block::new() };
                out.push(node(kind, span));
            }
            py::Stmt::Import(s) => self.import(s, out),
            py::Stmt::ImportFrom(s) => self.import_from(s, out),
            py::Stmt::Global(s) => {
                let names: Vec<String> = s.names.iter().map(|n| n.id.to_string()).collect();
                if let Some(frame) = self.frame() {
                    frame.outer.extend(names);
                }
            }
            py::Stmt::Nonlocal(s) => {
                let names: Vec<String> = s.names.iter().map(|n| n.id.to_string()).collect();
                if let Some(frame) = self.frame() {
                    frame.outer.extend(names);
                }
            }
            py::Stmt::Expr(s) => {
                let value = self.expression(&s.value);
                out.push(node(NodeKind::Eval(value), span));
            }
            py::Stmt::Break(_) => out.push(node(NodeKind::Break, span)),
            py::Stmt::Continue(_) => out.push(node(NodeKind::Continue, span)),
            py::Stmt::Pass(_) | py::Stmt::TypeAlias(_) | py::Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn assign(&mut self, s: &py::StmtAssign, span: Span, out: &mut Block) {
        let value = self.expression(&s.value);
        match s.targets.as_slice() {
            [target] => self.bind_target(target, value, out),
            targets => {
                let fresh = self.fresh();
                out.push(local(fresh.clone(), value, span));
                for target in targets {
                    self.bind_target(target, name(fresh.clone(), span), out);
                }
            }
        }
    }

    fn aug_assign(&mut self, s: &py::StmtAugAssign, span: Span, out: &mut Block) {
        let target = self.expression(&s.target);
        let right = self.expression(&s.value);
        let value = match s.op {
            py::Operator::Add => {
                let lists = matches!(&*s.value, py::Expr::List(_) | py::Expr::Tuple(_));
                let numbers = matches!(&*s.value, py::Expr::NumberLiteral(_));
                added(vec![target, right], lists, numbers, span)
            }
            py::Operator::BitOr => platform("%merge", vec![target, right], span),
            py::Operator::Div => platform("%divide", vec![target, right], span),
            _ => opaque(vec![target, right], span),
        };
        self.bind_target(&s.target, value, out);
    }

    fn ann_assign(&mut self, s: &py::StmtAnnAssign, span: Span, out: &mut Block) {
        let type_name = functions::type_name(&s.annotation);
        let value = s.value.as_ref().map(|value| self.expression(value));
        match (&*s.target, value) {
            // Without a value nothing is bound, but what it will be is said.
            (py::Expr::Name(target), value) if value.is_some() || type_name.is_some() => {
                let value = Some(value.unwrap_or_else(|| opaque(Vec::new(), span)));
                let name = target.id.to_string();
                out.push(node(NodeKind::Bind { name, value, scope: Scope::Function, type_name }, span));
            }
            (target, Some(value)) => self.bind_target(target, value, out),
            _ => {}
        }
    }

    fn for_loop(&mut self, s: &py::StmtFor, span: Span, out: &mut Block) {
        let mut over = self.expression(&s.iter);
        if s.is_async {
            over = Expr::new(ExprKind::Await(over), span);
        }
        let mut body = Block::new();
        let each = match &*s.target {
            py::Expr::Name(target) => target.id.to_string(),
            target => {
                let fresh = self.fresh();
                self.bind_target(target, name(fresh.clone(), span), &mut body);
                fresh
            }
        };
        self.block_into(&s.body, &mut body);
        let each = Some(Each { name: each, over });
        out.push(node(NodeKind::Loop { test: None, each, body, at_least_once: false }, span));
        self.block_into(&s.orelse, out);
    }

    fn if_chain(&mut self, s: &py::StmtIf, span: Span, out: &mut Block) {
        let (chained, rest) = s.elif_else_clauses.split_at(s.elif_else_clauses.len().min(CHAIN));
        let mut other = Block::new();
        for clause in rest {
            let test = opaque(clause.test.iter().map(|test| self.expression(test)).collect(), span);
            let then = self.block(&clause.body);
            other.push(node(NodeKind::Branch { test, then, other: Block::new() }, span));
        }
        for clause in chained.iter().rev() {
            let at = self.span_of(clause);
            let then = self.block(&clause.body);
            other = match &clause.test {
                None => then,
                Some(test) => {
                    let test = self.expression(test);
                    vec![node(NodeKind::Branch { test, then, other }, at)]
                }
            };
        }
        let test = self.expression(&s.test);
        let mut then = self.block(&s.body);
        if self.for_types(&s.test) {
            // Its own tools alone take this branch, so that its imports load nothing.
            for held in &mut then {
                if let NodeKind::Import { type_only, .. } = &mut held.kind {
                    *type_only = true;
                }
            }
        }
        out.push(node(NodeKind::Branch { test, then, other }, span));
    }

    /// `if TYPE_CHECKING:`, where that is the one of `typing`.
    fn for_types(&self, test: &py::Expr) -> bool {
        let Some(written) = dotted_name(test) else { return false };
        match written.split_once('.') {
            Some((module, "TYPE_CHECKING")) => matches!(module, "typing" | "typing_extensions" | "t"),
            _ => written == "TYPE_CHECKING" && self.has_type_checking,
        }
    }
}
