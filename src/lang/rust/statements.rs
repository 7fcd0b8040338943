//! Statements in the order in which they happen, and how a function ends.

use super::items::{is_conditional, is_test};
use super::{Gives, Lowering, assign, bind, eval, inner, name, node, opaque, truth};
use crate::words::flow::{Block, Catches, Each, Expr, ExprKind, Handler, NodeKind, Scope};
use crate::words::span::Span;

impl Lowering<'_> {
    /// The body of a function: its last expression is what it gives.
    pub(super) fn body(&mut self, statements: &[syn::Stmt], out: &mut Block) {
        self.inside(statements, out, Self::finish);
    }

    pub(super) fn block(&mut self, statements: &[syn::Stmt]) -> Block {
        let mut out = Block::new();
        self.inside(statements, &mut out, Self::effect);
        out
    }

    /// A block whose last expression is kept in a variable.
    pub(super) fn block_into(&mut self, statements: &[syn::Stmt], to: &str) -> Block {
        let mut out = Block::new();
        self.inside(statements, &mut out, |l, tail, out| l.value_into(tail, to, out));
        out
    }

    fn inside(
        &mut self,
        statements: &[syn::Stmt],
        out: &mut Block,
        last: impl FnOnce(&mut Self, &syn::Expr, &mut Block),
    ) {
        let items: Vec<syn::Item> = statements
            .iter()
            .filter_map(|s| match s {
                syn::Stmt::Item(item) => Some(item.clone()),
                _ => None,
            })
            .collect();
        self.names.enter();
        self.declare(&items);
        self.items(&items, "%local::", out);
        let (tail, before) = match statements.split_last() {
            Some((syn::Stmt::Expr(tail, None), before)) => (Some(tail), before),
            _ => (None, statements),
        };
        for statement in before {
            self.statement(statement, out);
        }
        if let Some(tail) = tail {
            let span = self.of(tail);
            if self.deeper(span, |l| last(l, tail, out)).is_none() {
                out.push(node(NodeKind::Opaque(Vec::new()), span));
            }
        } else if let (true, Some(syn::Stmt::Macro(_))) = (self.gives == Gives::Outcome, statements.last()) {
            // `bail!(…)` as the last thing is a statement to the parser.
        }
        self.names.leave();
    }

    fn statement(&mut self, statement: &syn::Stmt, out: &mut Block) {
        let span = self.of(statement);
        let conditional = match statement {
            syn::Stmt::Expr(expr, _) => Some(attributes(expr)),
            syn::Stmt::Macro(found) => Some(found.attrs.as_slice()),
            syn::Stmt::Local(_) | syn::Stmt::Item(_) => None,
        };
        if conditional.is_some_and(is_test) {
            return;
        }
        let built = conditional.is_some_and(is_conditional);
        let done = self.deeper(span, |l| {
            let mut inside = Block::new();
            match statement {
                syn::Stmt::Local(local) => l.local(local, &mut inside),
                syn::Stmt::Expr(expr, _) => l.effect(expr, &mut inside),
                syn::Stmt::Macro(found) => {
                    if let Some(value) = l.macro_call(&found.mac, &mut inside) {
                        inside.push(eval(value));
                    }
                }
                syn::Stmt::Item(_) => {}
            }
            if built {
                let test = name("%built", span);
                out.push(node(NodeKind::Branch { test, then: inside, other: Block::new() }, span));
            } else {
                out.append(&mut inside);
            }
        });
        if done.is_none() {
            out.push(node(NodeKind::Opaque(Vec::new()), span));
        }
    }

    fn local(&mut self, local: &syn::Local, out: &mut Block) {
        let span = self.of(local);
        let Some(init) = &local.init else {
            self.bind_pattern(&local.pat, &Expr::new(ExprKind::Undefined, span), out);
            return;
        };
        if matches!(&local.pat, syn::Pat::Wild(_)) {
            self.dropped(&init.expr, out);
            return;
        }
        let value = self.expression(&init.expr, out);
        if let Some((_, otherwise)) = &init.diverge {
            let value = self.keep(value, out);
            let test = self.fits(&local.pat, &value);
            let test = Self::always(test, span);
            let mut other = Block::new();
            self.effect(otherwise, &mut other);
            out.push(node(NodeKind::Branch { test, then: Block::new(), other }, span));
            self.bind_pattern(&local.pat, &value, out);
            return;
        }
        if let syn::Pat::Ident(ident) = &local.pat {
            let own = ident.ident.to_string();
            let holds = self.gives_command(&init.expr);
            self.names.local(&own);
            self.binds_command(&own, holds);
            out.push(bind(&own, Some(value), span));
        } else if let syn::Pat::Type(typed) = &local.pat
            && let syn::Pat::Ident(ident) = &*typed.pat
        {
            let own = ident.ident.to_string();
            let holds = self.is_command_type(&typed.ty) || self.gives_command(&init.expr);
            self.names.local(&own);
            self.binds_command(&own, holds);
            let type_name = super::items::type_name(&typed.ty);
            let kind = NodeKind::Bind { name: own, value: Some(value), scope: Scope::Block, type_name };
            out.push(node(kind, span));
        } else {
            let value = self.keep(value, out);
            self.bind_pattern(&local.pat, &value, out);
        }
    }

    /// `let _ = x;`, `x.ok();`: whatever it was, nobody looks.
    pub(super) fn dropped(&mut self, value: &syn::Expr, out: &mut Block) {
        let span = self.of(value);
        let mut body = Block::new();
        let lowered = self.expression(value, &mut body);
        if matches!(value, syn::Expr::Try(_)) {
            out.append(&mut body);
            out.push(eval(lowered));
            return;
        }
        body.push(eval(inner("raise", vec![lowered], span)));
        let handler = Some(Handler { param: None, body: Block::new(), catches: Catches::Errors, span });
        out.push(node(NodeKind::Try { body, handler, finally: Block::new() }, span));
    }

    /// An expression for what it does.
    pub(super) fn effect(&mut self, expr: &syn::Expr, out: &mut Block) {
        let span = self.of(expr);
        match expr {
            syn::Expr::If(it) => self.branch(it, out, &mut |l, block, out| {
                let mut inside = l.block(&block.stmts);
                out.append(&mut inside);
            }),
            syn::Expr::Match(it) => {
                self.matched(it, out, &mut |l, body, out| l.effect(body, out));
            }
            syn::Expr::Block(it) => {
                let body = self.block(&it.block.stmts);
                out.push(node(NodeKind::Scope(body), span));
            }
            syn::Expr::Unsafe(it) => {
                let body = self.block(&it.block.stmts);
                out.push(node(NodeKind::Scope(body), span));
            }
            syn::Expr::Loop(it) => {
                let body = self.block(&it.body.stmts);
                out.push(node(NodeKind::Loop { test: None, each: None, body, at_least_once: true }, span));
            }
            syn::Expr::While(it) => {
                let mut body = Block::new();
                let test = self.condition(&it.cond, &mut body, out);
                body.append(&mut self.block(&it.body.stmts));
                let test = Some(test);
                out.push(node(NodeKind::Loop { test, each: None, body, at_least_once: false }, span));
            }
            syn::Expr::ForLoop(it) => {
                let over = self.expression(&it.expr, out);
                let fresh = self.fresh();
                self.names.enter();
                let mut body = Block::new();
                self.bind_pattern(&it.pat, &name(fresh.clone(), span), &mut body);
                body.append(&mut self.block(&it.body.stmts));
                self.names.leave();
                let each = Some(Each { name: fresh, over });
                out.push(node(NodeKind::Loop { test: None, each, body, at_least_once: false }, span));
            }
            syn::Expr::Return(it) => match &it.expr {
                Some(value) => self.finish(value, out),
                None => out.push(node(NodeKind::Return(None), span)),
            },
            syn::Expr::Break(_) => out.push(node(NodeKind::Break, span)),
            syn::Expr::Continue(_) => out.push(node(NodeKind::Continue, span)),
            syn::Expr::Assign(it) => {
                if matches!(&*it.left, syn::Expr::Infer(_)) {
                    self.dropped(&it.right, out);
                    return;
                }
                let value = self.expression(&it.right, out);
                let target = self.expression(&it.left, out);
                out.push(node(NodeKind::Assign { target, value }, span));
            }
            syn::Expr::MethodCall(it) if it.method == "ok" && it.args.is_empty() => {
                self.dropped(&it.receiver, out);
            }
            syn::Expr::Paren(it) => self.effect(&it.expr, out),
            _ => {
                let value = self.expression(expr, out);
                out.push(eval(value));
            }
        }
    }

    /// The expression with which a function ends.
    pub(super) fn finish(&mut self, expr: &syn::Expr, out: &mut Block) {
        let span = self.of(expr);
        if self.gives == Gives::Nothing {
            self.effect(expr, out);
            if !matches!(expr, syn::Expr::Return(_)) {
                out.push(node(NodeKind::Return(None), span));
            }
            return;
        }
        match expr {
            syn::Expr::If(it) => self.branch(it, out, &mut |l, block, out| l.body(&block.stmts, out)),
            syn::Expr::Match(it) => self.matched(it, out, &mut |l, body, out| l.finish(body, out)),
            syn::Expr::Block(it) if it.label.is_none() => self.body(&it.block.stmts, out),
            syn::Expr::Unsafe(it) => self.body(&it.block.stmts, out),
            syn::Expr::Paren(it) => self.finish(&it.expr, out),
            syn::Expr::Return(_) | syn::Expr::Loop(_) | syn::Expr::While(_) | syn::Expr::ForLoop(_) => {
                self.effect(expr, out);
            }
            syn::Expr::Call(it) if self.gives == Gives::Outcome => {
                let last = match &*it.func {
                    syn::Expr::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
                    _ => None,
                };
                match (last.as_deref(), it.args.first()) {
                    (Some("Ok"), Some(value)) => {
                        let value = self.expression(value, out);
                        out.push(node(NodeKind::Return(Some(value)), span));
                    }
                    (Some("Err"), Some(value)) => {
                        let value = self.expression(value, out);
                        out.push(node(NodeKind::Throw(value), span));
                    }
                    _ => self.give(expr, span, out),
                }
            }
            _ => self.give(expr, span, out),
        }
    }

    fn give(&mut self, expr: &syn::Expr, span: Span, out: &mut Block) {
        let mut value = self.expression(expr, out);
        if self.gives == Gives::Outcome {
            value = inner("raise", vec![value], span);
        }
        out.push(node(NodeKind::Return(Some(value)), span));
    }

    /// `if`, with `if let` and chains of both.
    pub(super) fn branch(
        &mut self,
        it: &syn::ExprIf,
        out: &mut Block,
        each: &mut dyn FnMut(&mut Self, &syn::Block, &mut Block),
    ) {
        let span = self.of(&it.cond);
        if let Some((pattern, value)) = failure_of(&it.cond) {
            self.on_failure(pattern, value, &it.then_branch, it.else_branch.as_ref(), out, each);
            return;
        }
        self.names.enter();
        let mut then = Block::new();
        let test = self.condition(&it.cond, &mut then, out);
        each(self, &it.then_branch, &mut then);
        self.names.leave();
        let other = self.otherwise(it.else_branch.as_ref(), each);
        out.push(node(NodeKind::Branch { test, then, other }, span));
    }

    fn otherwise(
        &mut self,
        other: Option<&(syn::token::Else, Box<syn::Expr>)>,
        each: &mut dyn FnMut(&mut Self, &syn::Block, &mut Block),
    ) -> Block {
        let mut out = Block::new();
        match other.map(|(_, expr)| &**expr) {
            Some(syn::Expr::Block(block)) => each(self, &block.block, &mut out),
            Some(syn::Expr::If(next)) => {
                let span = self.of(next);
                if self.deeper(span, |l| l.branch(next, &mut out, each)).is_none() {
                    out.push(node(NodeKind::Opaque(Vec::new()), span));
                }
            }
            _ => {}
        }
        out
    }

    /// `if let Err(e) = f() { … } else { … }`: the failure is dealt with here.
    fn on_failure(
        &mut self,
        pattern: &syn::Pat,
        value: &syn::Expr,
        then: &syn::Block,
        other: Option<&(syn::token::Else, Box<syn::Expr>)>,
        out: &mut Block,
        each: &mut dyn FnMut(&mut Self, &syn::Block, &mut Block),
    ) {
        let span = self.of(value);
        let ok = self.fresh();
        out.push(bind(&ok, Some(truth(false, span)), span));
        let mut body = Block::new();
        let lowered = self.expression(value, &mut body);
        body.push(eval(inner("raise", vec![lowered], span)));
        body.push(assign(&ok, truth(true, span), span));
        self.names.enter();
        // Only for the names that it brings: what they hold, nobody knows.
        self.bind_pattern(pattern, &opaque(Vec::new(), span), &mut Block::new());
        let mut failed = Block::new();
        each(self, then, &mut failed);
        self.names.leave();
        let handler = Some(Handler { param: None, body: failed, catches: Catches::Errors, span });
        out.push(node(NodeKind::Try { body, handler, finally: Block::new() }, span));
        let well = self.otherwise(other, each);
        if !well.is_empty() {
            out.push(node(NodeKind::Branch { test: name(ok, span), then: well, other: Block::new() }, span));
        }
    }

    /// A condition; what its patterns bind goes to the front of `then`.
    pub(super) fn condition(&mut self, cond: &syn::Expr, then: &mut Block, out: &mut Block) -> Expr {
        let span = self.of(cond);
        match cond {
            syn::Expr::Let(it) => {
                let value = self.expression(&it.expr, out);
                let value = self.keep(value, out);
                let test = self.fits(&it.pat, &value);
                self.bind_pattern(&it.pat, &value, then);
                Self::always(test, span)
            }
            syn::Expr::Binary(it) if matches!(it.op, syn::BinOp::And(_)) => {
                let done = self.deeper(span, |l| {
                    let mut bound = Block::new();
                    let left = l.condition(&it.left, &mut bound, out);
                    // What the left side binds, the right side may ask.
                    out.extend(bound.iter().cloned());
                    then.append(&mut bound);
                    let right = l.condition(&it.right, then, out);
                    Expr::new(ExprKind::And(left, right), span)
                });
                done.unwrap_or_else(|| opaque(Vec::new(), span))
            }
            _ => self.expression(cond, out),
        }
    }

    pub(super) fn matched(
        &mut self,
        it: &syn::ExprMatch,
        out: &mut Block,
        each: &mut dyn FnMut(&mut Self, &syn::Expr, &mut Block),
    ) {
        let span = self.of(&it.expr);
        let value = self.expression(&it.expr, out);
        let value = self.keep(value, out);
        let mut arms: Vec<(Option<Expr>, Block, Block)> = Vec::new();
        let count = it.arms.len();
        for (at, arm) in it.arms.iter().enumerate() {
            self.names.enter();
            let mut around = Block::new();
            let mut test = self.fits(&arm.pat, &value);
            self.bind_pattern(&arm.pat, &value, &mut around);
            if let Some((_, guard)) = &arm.guard {
                let mut bound = Block::new();
                let guard = self.condition(guard, &mut bound, &mut around);
                around.append(&mut bound);
                let at = self.of(arm);
                test = Some(match test {
                    Some(test) => Expr::new(ExprKind::And(test, guard), at),
                    None => guard,
                });
            } else if at + 1 == count {
                // One arm fits for sure, and all others did not.
                test = None;
            }
            let mut body = Block::new();
            each(self, &arm.body, &mut body);
            self.names.leave();
            arms.push((test, around, body));
        }
        let mut rest = Block::new();
        for (test, mut around, mut body) in arms.into_iter().rev() {
            if let Some(test) = test {
                let at = test.span;
                around.push(node(NodeKind::Branch { test, then: body, other: rest }, at));
            } else {
                around.append(&mut body);
            }
            rest = vec![node(NodeKind::Scope(around), span)];
        }
        out.append(&mut rest);
    }

    /// The value of an expression, assigned to a variable on each of its ways.
    pub(super) fn value_into(&mut self, expr: &syn::Expr, to: &str, out: &mut Block) {
        match expr {
            syn::Expr::If(it) => self.branch(it, out, &mut |l, block, out| {
                let mut inside = l.block_into(&block.stmts, to);
                out.append(&mut inside);
            }),
            syn::Expr::Match(it) => {
                self.matched(it, out, &mut |l, body, out| l.value_into(body, to, out));
            }
            syn::Expr::Block(it) => {
                let mut inside = self.block_into(&it.block.stmts, to);
                out.append(&mut inside);
            }
            syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_) => self.effect(expr, out),
            _ => {
                let span = self.of(expr);
                let value = self.expression(expr, out);
                out.push(assign(to, value, span));
            }
        }
    }
}

/// `let Err(e) = <a call>`.
fn failure_of(cond: &syn::Expr) -> Option<(&syn::Pat, &syn::Expr)> {
    let syn::Expr::Let(it) = cond else { return None };
    let syn::Pat::TupleStruct(of) = &*it.pat else { return None };
    let fails = of.path.segments.last().is_some_and(|s| s.ident == "Err");
    let plain = of.elems.iter().all(|sub| matches!(sub, syn::Pat::Ident(_) | syn::Pat::Wild(_)));
    let calls = matches!(
        &*it.expr,
        syn::Expr::Call(_) | syn::Expr::MethodCall(_) | syn::Expr::Await(_) | syn::Expr::Macro(_)
    );
    (fails && plain && calls).then_some((&*it.pat, &*it.expr))
}

fn attributes(expr: &syn::Expr) -> &[syn::Attribute] {
    match expr {
        syn::Expr::Block(it) => &it.attrs,
        syn::Expr::Call(it) => &it.attrs,
        syn::Expr::If(it) => &it.attrs,
        syn::Expr::Macro(it) => &it.attrs,
        syn::Expr::Match(it) => &it.attrs,
        syn::Expr::MethodCall(it) => &it.attrs,
        syn::Expr::Try(it) => &it.attrs,
        syn::Expr::Await(it) => &it.attrs,
        _ => &[],
    }
}
