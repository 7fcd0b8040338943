//! Expressions to flow.

use ruff_python_ast as py;

use super::{Lowering, dotted_name, local, member, name, node, opaque, plain_call, platform};
use crate::words::flow::{
    Block, Comparison, Each, Expr, ExprKind, Function, NodeKind, Property, PropertyKey, Scope,
};
use crate::words::span::Span;

/// `x in (a, b, c)` is written out for lists up to this length.
const WRITTEN_OUT: usize = 8;

impl Lowering<'_> {
    pub(super) fn expression(&mut self, e: &py::Expr) -> Expr {
        let span = self.span_of(e);
        match self.deeper(span, |l| l.expression_here(e, span)) {
            Some(expr) => expr,
            None => opaque(Vec::new(), span),
        }
    }

    pub(super) fn expressions(&mut self, all: &[py::Expr]) -> Vec<Expr> {
        all.iter().map(|e| self.expression(e)).collect()
    }

    fn expression_here(&mut self, e: &py::Expr, span: Span) -> Expr {
        let kind = match e {
            py::Expr::BoolOp(e) => return self.bool_op(e, span),
            py::Expr::Named(e) => {
                let target = self.expression(&e.target);
                ExprKind::Assign { target, value: self.expression(&e.value) }
            }
            py::Expr::BinOp(e) => return self.bin_op(e, span),
            py::Expr::UnaryOp(e) => match (e.op, &*e.operand) {
                (py::UnaryOp::Not, operand) => ExprKind::Not(self.expression(operand)),
                (py::UnaryOp::USub, py::Expr::NumberLiteral(n)) => ExprKind::Number(-number(&n.value)),
                (_, operand) => ExprKind::Opaque(vec![self.expression(operand)]),
            },
            py::Expr::Lambda(e) => self.lambda(e, span),
            py::Expr::If(e) => {
                let test = self.expression(&e.test);
                let then = self.expression(&e.body);
                ExprKind::Choose { test, then, other: self.expression(&e.orelse) }
            }
            py::Expr::Dict(e) => ExprKind::Object(self.items(&e.items)),
            py::Expr::Set(e) => ExprKind::List(self.expressions(&e.elts)),
            py::Expr::List(e) => ExprKind::List(self.expressions(&e.elts)),
            py::Expr::Tuple(e) => ExprKind::List(self.expressions(&e.elts)),
            py::Expr::ListComp(e) => return self.comprehension(&e.generators, &e.elt, None, span),
            py::Expr::SetComp(e) => return self.comprehension(&e.generators, &e.elt, None, span),
            py::Expr::Generator(e) => return self.comprehension(&e.generators, &e.elt, None, span),
            py::Expr::DictComp(e) => {
                return self.comprehension(&e.generators, &e.value, e.key.as_deref(), span);
            }
            py::Expr::Await(e) => ExprKind::Await(self.expression(&e.value)),
            py::Expr::Yield(e) => return self.yielded(e.value.as_deref(), span),
            py::Expr::YieldFrom(e) => return self.yielded(Some(&e.value), span),
            py::Expr::Compare(e) => return self.compared(e, span),
            py::Expr::Call(e) => return self.call(e, span),
            py::Expr::FString(e) => return self.f_string(e, span),
            py::Expr::TString(e) => {
                let parts = e.value.elements().filter_map(|part| self.piece(part)).collect();
                ExprKind::Concat(parts)
            }
            py::Expr::StringLiteral(e) => ExprKind::Text(e.value.to_str().to_owned()),
            py::Expr::BytesLiteral(e) => {
                let bytes: Vec<u8> = e.value.bytes().collect();
                ExprKind::Text(String::from_utf8_lossy(&bytes).into_owned())
            }
            py::Expr::NumberLiteral(e) => ExprKind::Number(number(&e.value)),
            py::Expr::BooleanLiteral(e) => ExprKind::Bool(e.value),
            py::Expr::NoneLiteral(_) => ExprKind::Null,
            py::Expr::EllipsisLiteral(_) => ExprKind::Undefined,
            py::Expr::Attribute(e) => return self.attribute(e, span),
            py::Expr::Subscript(e) => return self.subscript(e, span),
            py::Expr::Starred(e) => ExprKind::Spread(self.expression(&e.value)),
            py::Expr::Name(e) => return self.named(e.id.as_str(), span),
            py::Expr::Slice(e) => {
                let parts = [&e.lower, &e.upper, &e.step];
                ExprKind::Opaque(parts.into_iter().flatten().map(|p| self.expression(p)).collect())
            }
            py::Expr::IpyEscapeCommand(_) => ExprKind::Opaque(Vec::new()),
        };
        Expr::new(kind, span)
    }

    /// A name; what a method calls its object is `this`.
    pub(super) fn named(&self, written: &str, span: Span) -> Expr {
        for frame in self.frames.iter().rev() {
            if frame.own.as_deref() == Some(written) {
                return name("this", span);
            }
            if frame.params.contains(written) {
                break;
            }
        }
        name(written, span)
    }

    fn attribute(&mut self, e: &py::ExprAttribute, span: Span) -> Expr {
        // The program that runs this one, whatever it is called here.
        if e.attr.id == "executable" && matches!(&*e.value, py::Expr::Name(n) if n.id == "sys") {
            return Expr::text("python3", span);
        }
        if !self.dotted.is_empty()
            && let Some(start) = dotted_name(&e.value)
        {
            let whole = format!("{start}.{}", e.attr.id);
            if self.dotted.contains(&whole) {
                return name(whole, span);
            }
        }
        let of = self.expression(&e.value);
        member(of, e.attr.id.as_str(), span)
    }

    fn subscript(&mut self, e: &py::ExprSubscript, span: Span) -> Expr {
        let of = self.expression(&e.value);
        if let py::Expr::Slice(_) = &*e.slice {
            let bounds = self.expression(&e.slice);
            return platform("%slice", vec![of, bounds], span);
        }
        let key = self.expression(&e.slice);
        Expr::new(ExprKind::Index { of, key }, span)
    }

    pub(super) fn items(&mut self, items: &[py::DictItem]) -> Vec<Property> {
        let mut out = Vec::new();
        for item in items {
            let key = match &item.key {
                None => PropertyKey::Spread,
                Some(py::Expr::StringLiteral(text)) => PropertyKey::Named(text.value.to_str().to_owned()),
                Some(key) => PropertyKey::Computed(self.expression(key)),
            };
            out.push(Property { key, value: self.expression(&item.value) });
        }
        out
    }

    fn bool_op(&mut self, e: &py::ExprBoolOp, span: Span) -> Expr {
        let mut parts: Vec<Expr> = self.expressions(&e.values);
        let Some(last) = parts.pop() else { return opaque(Vec::new(), span) };
        // `x or "other"` is a value with a default.
        if e.op == py::BoolOp::Or && e.values.last().is_some_and(is_default) {
            let value = parts.into_iter().rev().reduce(|a, b| Expr::new(ExprKind::Or(b, a), span));
            let Some(value) = value else { return last };
            return Expr::new(ExprKind::Default { value, other: last, or_empty: true }, span);
        }
        parts.into_iter().rev().fold(last, |right, left| {
            let kind = match e.op {
                py::BoolOp::And => ExprKind::And(left, right),
                py::BoolOp::Or => ExprKind::Or(left, right),
            };
            Expr::new(kind, span)
        })
    }

    fn compared(&mut self, e: &py::ExprCompare, span: Span) -> Expr {
        let mut all = Vec::new();
        let mut left = &*e.left;
        for (op, right) in e.ops.iter().zip(&e.comparators) {
            all.push(self.comparison(*op, left, right, span));
            left = right;
        }
        let folded = all.into_iter().rev().reduce(|right, left| Expr::new(ExprKind::And(left, right), span));
        folded.unwrap_or_else(|| opaque(Vec::new(), span))
    }

    fn comparison(&mut self, op: py::CmpOp, left: &py::Expr, right: &py::Expr, span: Span) -> Expr {
        use py::CmpOp;
        let negative = matches!(op, CmpOp::NotEq | CmpOp::IsNot | CmpOp::NotIn);
        let not = |expr: Expr| if negative { Expr::new(ExprKind::Not(expr), span) } else { expr };
        if matches!(op, CmpOp::Eq | CmpOp::NotEq) && is_main(left, right) {
            return not(name("%main", span));
        }
        if matches!(op, CmpOp::In | CmpOp::NotIn) {
            if let py::Expr::StringLiteral(_) = left
                && dotted_name(right).is_some_and(|n| n == "environ" || n.ends_with(".environ"))
            {
                let (of, key) = (self.expression(right), self.expression(left));
                let value = Expr::new(ExprKind::Index { of, key }, span);
                return not(Expr::new(ExprKind::IsSet { value, set_only: true }, span));
            }
            if let Some(items) = literal_items(right) {
                let value = self.expression(left);
                let tests: Vec<Expr> = items
                    .iter()
                    .map(|item| {
                        let right = self.expression(item);
                        let kind = ExprKind::Compare { op: Comparison::Equal, left: value.clone(), right };
                        Expr::new(kind, span)
                    })
                    .collect();
                let any = tests.into_iter().rev().reduce(|b, a| Expr::new(ExprKind::Or(a, b), span));
                return not(any.unwrap_or_else(|| Expr::new(ExprKind::Bool(false), span)));
            }
        }
        let op = match op {
            CmpOp::Eq | CmpOp::Is => Comparison::Equal,
            CmpOp::NotEq | CmpOp::IsNot => Comparison::NotEqual,
            _ => Comparison::Other,
        };
        let left = self.expression(left);
        let right = self.expression(right);
        Expr::new(ExprKind::Compare { op, left, right }, span)
    }

    /// A comprehension is a function of its own that loops, called right here.
    fn comprehension(
        &mut self,
        generators: &[py::Comprehension],
        element: &py::Expr,
        key: Option<&py::Expr>,
        span: Span,
    ) -> Expr {
        let result = self.fresh();
        let value = self.expression(element);
        let value = match key {
            Some(key) => {
                let key = PropertyKey::Computed(self.expression(key));
                Expr::new(ExprKind::Object(vec![Property { key, value }]), span)
            }
            None => value,
        };
        let mut body = vec![local(result.clone(), value, span)];
        for generator in generators.iter().rev().take(8) {
            for test in generator.ifs.iter().rev() {
                let test = self.expression(test);
                body = vec![node(NodeKind::Branch { test, then: body, other: Block::new() }, span)];
            }
            let each = self.fresh();
            let mut start = Block::new();
            self.bind_target(&generator.target, name(each.clone(), span), &mut start);
            start.append(&mut body);
            let over = self.expression(&generator.iter);
            let each = Some(Each { name: each, over });
            body = vec![node(NodeKind::Loop { test: None, each, body: start, at_least_once: false }, span)];
        }
        // Before the first turn there is nothing, and what a turn gives is what all of them give.
        let found = name(result, span);
        let given = match key {
            Some(_) => found,
            None => Expr::new(ExprKind::List(vec![found]), span),
        };
        body.push(node(NodeKind::Return(Some(given)), span));
        let function = Function {
            name: None,
            params: Vec::new(),
            body,
            is_async: false,
            is_generator: false,
            lexical_this: true,
            span,
        };
        let function = self.add_function(function);
        let called = plain_call(Expr::new(function, span), Vec::new(), span);
        match key {
            Some(_) => called,
            None => platform("%several", vec![called], span),
        }
    }

    /// Where a value goes for the rest of the function.
    pub(super) fn keep(&self, target: &str, value: Expr, span: Span, out: &mut Block) {
        if self.frames.last().is_some_and(|frame| frame.outer.contains(target)) {
            let target = name(target, span);
            out.push(node(NodeKind::Assign { target, value }, span));
            return;
        }
        let target = target.to_owned();
        let bind =
            NodeKind::Bind { name: target, value: Some(value), scope: Scope::Function, type_name: None };
        out.push(node(bind, span));
    }
}

pub(super) fn number(value: &py::Number) -> f64 {
    match value {
        py::Number::Int(int) => int.to_string().parse().unwrap_or(f64::MAX),
        py::Number::Float(float) => *float,
        py::Number::Complex { real, .. } => *real,
    }
}

fn is_default(e: &py::Expr) -> bool {
    matches!(
        e,
        py::Expr::StringLiteral(_)
            | py::Expr::NoneLiteral(_)
            | py::Expr::NumberLiteral(_)
            | py::Expr::List(_)
            | py::Expr::Dict(_)
            | py::Expr::Tuple(_)
    )
}

fn is_main(left: &py::Expr, right: &py::Expr) -> bool {
    let is_name = |e: &py::Expr| matches!(e, py::Expr::Name(n) if n.id == "__name__");
    let is_text = |e: &py::Expr| matches!(e, py::Expr::StringLiteral(t) if t.value.to_str() == "__main__");
    is_name(left) && is_text(right) || is_name(right) && is_text(left)
}

fn literal_items(e: &py::Expr) -> Option<&[py::Expr]> {
    let items: &[py::Expr] = match e {
        py::Expr::Tuple(e) => &e.elts,
        py::Expr::List(e) => &e.elts,
        py::Expr::Set(e) => &e.elts,
        _ => return None,
    };
    let plain = |item: &py::Expr| {
        matches!(
            item,
            py::Expr::StringLiteral(_)
                | py::Expr::NumberLiteral(_)
                | py::Expr::BooleanLiteral(_)
                | py::Expr::NoneLiteral(_)
        )
    };
    (items.len() <= WRITTEN_OUT && items.iter().all(plain)).then_some(items)
}
