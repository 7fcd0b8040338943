//! Texts that are put together: templates, tagged ones, and sums.

use oxc_ast::ast as js;
use oxc_syntax::operator::BinaryOperator;

use super::Lowering;
use crate::words::flow::{Call, CallKind, Expr, ExprKind};

impl Lowering<'_> {
    pub(super) fn template(&mut self, template: &js::TemplateLiteral<'_>) -> ExprKind {
        let mut parts = self.template_parts(template);
        if template.expressions.is_empty() {
            return parts.pop().map_or_else(|| ExprKind::Text(String::new()), |only| *only.kind);
        }
        ExprKind::Concat(parts)
    }

    fn template_parts(&mut self, template: &js::TemplateLiteral<'_>) -> Vec<Expr> {
        let mut parts = Vec::new();
        let mut expressions = template.expressions.iter();
        for quasi in &template.quasis {
            // Without a cooked text (a broken escape in a tagged template) the raw one stands.
            let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
            if !text.is_empty() {
                parts.push(Expr::text(text.as_str(), self.span(quasi.span)));
            }
            if let Some(e) = expressions.next() {
                parts.push(self.expression(e));
            }
        }
        parts
    }

    pub(super) fn tagged(&mut self, tagged: &js::TaggedTemplateExpression<'_>) -> ExprKind {
        let callee = self.expression(&tagged.tag);
        let parts = self.template_parts(&tagged.quasi);
        let text = Expr::new(ExprKind::Concat(parts), self.span(tagged.quasi.span));
        ExprKind::Call(Call {
            callee,
            args: vec![text],
            kind: CallKind::Tagged,
            optional: false,
            type_args: super::functions::type_arguments(tagged.type_arguments.as_ref()),
        })
    }

    /// `a + b + c` without recursion: texts are put together from hundreds of parts.
    pub(super) fn sum(&mut self, e: &js::BinaryExpression<'_>) -> ExprKind {
        let mut operands = vec![&e.right];
        let mut left = &e.left;
        while let js::Expression::BinaryExpression(inner) = left
            && inner.operator == BinaryOperator::Addition
        {
            operands.push(&inner.right);
            left = &inner.left;
        }
        operands.push(left);
        operands.reverse();
        let parts: Vec<Expr> = operands.into_iter().map(|e| self.expression(e)).collect();
        sum_of(parts)
    }
}

/// Joined texts, unless a number says that it is arithmetic.
pub(super) fn sum_of(parts: Vec<Expr>) -> ExprKind {
    let text = |e: &Expr| matches!(*e.kind, ExprKind::Text(_) | ExprKind::Concat(_));
    let number = |e: &Expr| matches!(*e.kind, ExprKind::Number(_));
    if parts.iter().any(number) && !parts.iter().any(text) {
        return ExprKind::Opaque(parts);
    }
    ExprKind::Concat(parts)
}
