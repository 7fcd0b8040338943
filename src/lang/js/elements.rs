//! JSX: what an element evaluates. What is drawn from it is no concern here.

use oxc_ast::ast as js;

use super::{Lowering, member, name};
use crate::words::flow::{Expr, ExprKind};

impl Lowering<'_> {
    /// What an element evaluates: the component, its attributes, its children.
    pub(super) fn element(&mut self, element: &js::JSXElement<'_>) -> Vec<Expr> {
        let opening = &element.opening_element;
        let mut out: Vec<Expr> = self.element_name(&opening.name).into_iter().collect();
        for attribute in &opening.attributes {
            match attribute {
                js::JSXAttributeItem::SpreadAttribute(spread) => out.push(self.expression(&spread.argument)),
                js::JSXAttributeItem::Attribute(attribute) => match &attribute.value {
                    Some(js::JSXAttributeValue::StringLiteral(text)) => {
                        out.push(Expr::text(text.value.as_str(), self.span(text.span)));
                    }
                    Some(js::JSXAttributeValue::ExpressionContainer(container)) => {
                        out.extend(container.expression.as_expression().map(|e| self.expression(e)));
                    }
                    Some(js::JSXAttributeValue::Element(inner)) => out.push(self.nested(inner)),
                    Some(js::JSXAttributeValue::Fragment(inner)) => {
                        let parts = self.children(&inner.children);
                        out.push(Expr::new(ExprKind::Opaque(parts), self.span(inner.span)));
                    }
                    None => {}
                },
            }
        }
        out.extend(self.children(&element.children));
        out
    }

    fn nested(&mut self, element: &js::JSXElement<'_>) -> Expr {
        let span = self.span(element.span);
        let parts = self.deeper(span, |l| l.element(element)).unwrap_or_default();
        Expr::new(ExprKind::Opaque(parts), span)
    }

    pub(super) fn children(&mut self, children: &[js::JSXChild<'_>]) -> Vec<Expr> {
        let mut out = Vec::new();
        for child in children {
            match child {
                js::JSXChild::Text(_) => {}
                js::JSXChild::Element(element) => out.push(self.nested(element)),
                js::JSXChild::Fragment(fragment) => {
                    let span = self.span(fragment.span);
                    let parts = self.deeper(span, |l| l.children(&fragment.children)).unwrap_or_default();
                    out.push(Expr::new(ExprKind::Opaque(parts), span));
                }
                js::JSXChild::ExpressionContainer(container) => {
                    out.extend(container.expression.as_expression().map(|e| self.expression(e)));
                }
                js::JSXChild::Spread(spread) => out.push(self.expression(&spread.expression)),
            }
        }
        out
    }

    /// A component is a value of the program, `<div>` is not.
    fn element_name(&mut self, element: &js::JSXElementName<'_>) -> Option<Expr> {
        match element {
            js::JSXElementName::IdentifierReference(id) => Some(name(id.name.as_str(), self.span(id.span))),
            js::JSXElementName::MemberExpression(of) => {
                let mut names = vec![of.property.name.as_str()];
                let mut object = &of.object;
                while let js::JSXMemberExpressionObject::MemberExpression(inner) = object {
                    names.push(inner.property.name.as_str());
                    object = &inner.object;
                }
                let span = self.span(of.span);
                let root = match object {
                    js::JSXMemberExpressionObject::IdentifierReference(id) => id.name.as_str(),
                    _ => "this",
                };
                Some(names.into_iter().rev().fold(name(root, span), |of, part| member(of, part, span)))
            }
            _ => None,
        }
    }
}
