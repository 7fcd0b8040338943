//! Expressions: what they give. Statements inside of them go before the place where they stand.

use syn::spanned::Spanned;

use super::items::started;
use super::{Gives, Lowering, bind, call, inner, member, name, opaque, truth, unit_value};
use crate::words::flow::{
    Block, Comparison, Expr, ExprKind, Function, NodeKind, Param, Property, PropertyKey,
};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn expression(&mut self, expr: &syn::Expr, out: &mut Block) -> Expr {
        let span = self.of(expr);
        self.deeper(span, |l| l.expression_here(expr, span, out)).unwrap_or_else(|| opaque(Vec::new(), span))
    }

    pub(super) fn all<'e>(
        &mut self,
        list: impl IntoIterator<Item = &'e syn::Expr>,
        out: &mut Block,
    ) -> Vec<Expr> {
        list.into_iter().map(|one| self.expression(one, out)).collect()
    }

    fn expression_here(&mut self, expr: &syn::Expr, span: Span, out: &mut Block) -> Expr {
        match expr {
            syn::Expr::Lit(it) => Self::literal(&it.lit, span),
            syn::Expr::Path(it) if it.path.get_ident().is_some_and(|own| self.names.is_unit(own)) => {
                self.made(&it.path, Vec::new(), span)
            }
            syn::Expr::Path(it) => self.path(&it.path, span),
            syn::Expr::Paren(it) => self.expression(&it.expr, out),
            syn::Expr::Group(it) => self.expression(&it.expr, out),
            syn::Expr::Reference(it) => self.expression(&it.expr, out),
            syn::Expr::Cast(it) => self.expression(&it.expr, out),
            syn::Expr::Try(it) => {
                let value = self.expression(&it.expr, out);
                inner("raise", vec![value], span)
            }
            syn::Expr::Await(it) => {
                let value = self.expression(&it.base, out);
                inner("drive", vec![value], span)
            }
            syn::Expr::Unary(it) => {
                let value = self.expression(&it.expr, out);
                match it.op {
                    syn::UnOp::Not(_) => Expr::new(ExprKind::Not(value), span),
                    syn::UnOp::Deref(_) => value,
                    _ => opaque(vec![value], span),
                }
            }
            syn::Expr::Binary(it) => self.binary(it, span, out),
            syn::Expr::Tuple(it) if it.elems.is_empty() => unit_value(span),
            syn::Expr::Tuple(it) => Expr::new(ExprKind::List(self.all(&it.elems, out)), span),
            syn::Expr::Array(it) => Expr::new(ExprKind::List(self.all(&it.elems, out)), span),
            syn::Expr::Field(it) => {
                let of = self.expression(&it.base, out);
                match &it.member {
                    syn::Member::Named(field) => member(of, field.to_string(), span),
                    syn::Member::Unnamed(index) => {
                        let key = Expr::new(ExprKind::Number(f64::from(index.index)), span);
                        Expr::new(ExprKind::Index { of, key }, span)
                    }
                }
            }
            syn::Expr::Index(it) => {
                let of = self.expression(&it.expr, out);
                let key = self.expression(&it.index, out);
                if matches!(&*it.index, syn::Expr::Range(_)) {
                    return opaque(vec![of, key], span);
                }
                Expr::new(ExprKind::Index { of, key }, span)
            }
            syn::Expr::Struct(it) => self.structure(it, span, out),
            syn::Expr::Call(it) => self.call_expression(it, span, out),
            syn::Expr::MethodCall(it) => self.method(it, span, out),
            syn::Expr::Macro(it) => {
                self.macro_call(&it.mac, out).unwrap_or_else(|| Expr::new(ExprKind::Undefined, span))
            }
            syn::Expr::Closure(it) => self.closure(it, span),
            syn::Expr::Async(it) => {
                let gives = if ends_as_outcome(&it.block.stmts) { Gives::Outcome } else { Gives::Value };
                let outer = std::mem::replace(&mut self.gives, gives);
                let mut body = vec![started(span)];
                self.body(&it.block.stmts, &mut body);
                self.gives = outer;
                let function = self.nameless(Vec::new(), body, true, span);
                call(function, Vec::new(), span)
            }
            syn::Expr::If(_) | syn::Expr::Match(_) | syn::Expr::Block(_) => {
                let fresh = self.fresh();
                out.push(bind(&fresh, None, span));
                self.value_into(expr, &fresh, out);
                name(fresh, span)
            }
            syn::Expr::Unsafe(it) => {
                let fresh = self.fresh();
                out.push(bind(&fresh, None, span));
                let mut body = self.block_into(&it.block.stmts, &fresh);
                out.append(&mut body);
                name(fresh, span)
            }
            syn::Expr::Let(it) => {
                let value = self.expression(&it.expr, out);
                let value = self.keep(value, out);
                let test = self.fits(&it.pat, &value);
                Self::always(test, span)
            }
            syn::Expr::Return(_)
            | syn::Expr::Break(_)
            | syn::Expr::Continue(_)
            | syn::Expr::Loop(_)
            | syn::Expr::While(_)
            | syn::Expr::ForLoop(_)
            | syn::Expr::Assign(_) => {
                self.effect(expr, out);
                Expr::new(ExprKind::Undefined, span)
            }
            syn::Expr::Repeat(it) => {
                let value = self.expression(&it.expr, out);
                opaque(vec![value], span)
            }
            _ => opaque(Vec::new(), span),
        }
    }

    pub(super) fn literal(literal: &syn::Lit, span: Span) -> Expr {
        match literal {
            syn::Lit::Str(text) => Expr::text(text.value(), span),
            syn::Lit::Char(letter) => Expr::text(letter.value().to_string(), span),
            syn::Lit::Bool(value) => truth(value.value, span),
            syn::Lit::Int(number) => number
                .base10_parse::<f64>()
                .map_or_else(|_| opaque(Vec::new(), span), |n| Expr::new(ExprKind::Number(n), span)),
            syn::Lit::ByteStr(bytes) => {
                Expr::text(String::from_utf8_lossy(&bytes.value()).into_owned(), span)
            }
            _ => opaque(Vec::new(), span),
        }
    }

    fn binary(&mut self, it: &syn::ExprBinary, span: Span, out: &mut Block) -> Expr {
        let left = self.expression(&it.left, out);
        let mut before = Block::new();
        let right = self.expression(&it.right, &mut before);
        let compare =
            |op| Expr::new(ExprKind::Compare { op, left: left.clone(), right: right.clone() }, span);
        if let syn::BinOp::And(_) | syn::BinOp::Or(_) = it.op {
            let and = matches!(it.op, syn::BinOp::And(_));
            if before.is_empty() {
                let kind = if and { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
                return Expr::new(kind, span);
            }
            let fresh = self.fresh();
            out.push(bind(&fresh, Some(left), span));
            before.push(super::assign(&fresh, right, span));
            let (then, other) = if and { (before, Block::new()) } else { (Block::new(), before) };
            let test = name(fresh.clone(), span);
            out.push(super::node(NodeKind::Branch { test, then, other }, span));
            return name(fresh, span);
        }
        out.append(&mut before);
        match it.op {
            syn::BinOp::Eq(_) => compare(Comparison::Equal),
            syn::BinOp::Ne(_) => compare(Comparison::NotEqual),
            syn::BinOp::Add(_) => Expr::new(ExprKind::Concat(vec![left, right]), span),
            syn::BinOp::AddAssign(_) => {
                let value = Expr::new(ExprKind::Concat(vec![left.clone(), right]), span);
                Expr::new(ExprKind::Assign { target: left, value }, span)
            }
            syn::BinOp::Lt(_) | syn::BinOp::Le(_) | syn::BinOp::Gt(_) | syn::BinOp::Ge(_) => {
                compare(Comparison::Other)
            }
            _ => opaque(vec![left, right], span),
        }
    }

    fn structure(&mut self, it: &syn::ExprStruct, span: Span, out: &mut Block) -> Expr {
        let mut properties: Vec<Property> = Vec::new();
        for field in &it.fields {
            let syn::Member::Named(key) = &field.member else { continue };
            let value = self.expression(&field.expr, out);
            properties.push(Property { key: PropertyKey::Named(key.to_string()), value });
        }
        if let Some(rest) = &it.rest {
            let value = self.expression(rest, out);
            properties.insert(0, Property { key: PropertyKey::Spread, value });
        }
        self.made(&it.path, properties, span)
    }

    fn made(&mut self, path: &syn::Path, mut properties: Vec<Property>, span: Span) -> Expr {
        let mark = Expr::new(ExprKind::Undefined, span);
        properties.push(Property { key: PropertyKey::Named("%named".to_owned()), value: mark });
        let object = Expr::new(ExprKind::Object(properties), span);
        inner("make", vec![self.path(path, span), object], span)
    }

    fn closure(&mut self, it: &syn::ExprClosure, span: Span) -> Expr {
        self.names.enter();
        let mut body = Block::new();
        let mut params = Vec::new();
        for input in &it.inputs {
            let fresh = match input {
                syn::Pat::Ident(ident) => ident.ident.to_string(),
                _ => self.fresh(),
            };
            self.names.local(&fresh);
            if !matches!(input, syn::Pat::Ident(_)) {
                let from = name(fresh.clone(), self.span(input.span()));
                self.bind_pattern(input, &from, &mut body);
            }
            params.push(Param { name: fresh, type_name: None, default: None, rest: false });
        }
        let statements = match &*it.body {
            syn::Expr::Block(block) => block.block.stmts.clone(),
            other => vec![syn::Stmt::Expr(other.clone(), None)],
        };
        let gives = if ends_as_outcome(&statements) { Gives::Outcome } else { Gives::Value };
        let outer = std::mem::replace(&mut self.gives, gives);
        if it.asyncness.is_some() {
            body.push(started(span));
        }
        self.body(&statements, &mut body);
        self.gives = outer;
        self.names.leave();
        let waits = it.asyncness.is_some() || gives == Gives::Outcome;
        self.nameless(params, body, waits, span)
    }

    fn nameless(&mut self, params: Vec<Param>, body: Block, is_async: bool, span: Span) -> Expr {
        let id = self.add_function(Function {
            name: None,
            params,
            body,
            is_async,
            is_generator: false,
            lexical_this: true,
            span,
        });
        Expr::new(ExprKind::Function(id), span)
    }
}

/// A closure or an `async` block says by its end that it gives a `Result`.
fn ends_as_outcome(statements: &[syn::Stmt]) -> bool {
    let Some(syn::Stmt::Expr(syn::Expr::Call(it), None)) = statements.last() else { return false };
    let syn::Expr::Path(path) = &*it.func else { return false };
    path.path.segments.last().is_some_and(|s| s.ident == "Ok" || s.ident == "Err")
}
