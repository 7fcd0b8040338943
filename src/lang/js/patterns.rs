//! Destructuring: one bind or assignment a name, each reading its part of the value.

use oxc_ast::ast as js;
use oxc_span::GetSpan;

use super::expressions::plain_call;
use super::{Lowering, member, node};
use crate::words::flow::{Block, Expr, ExprKind, NodeKind, Property, PropertyKey, Scope};
use crate::words::span::Span;

impl Lowering<'_> {
    /// Binds the names of a pattern to parts of a value.
    pub(super) fn bind_pattern(
        &mut self,
        pattern: &js::BindingPattern<'_>,
        value: Expr,
        scope: Scope,
        type_name: Option<String>,
        out: &mut Block,
    ) {
        let span = self.span(pattern.span());
        let done = self.deeper(span, |l| match pattern {
            js::BindingPattern::BindingIdentifier(id) => {
                let kind = NodeKind::Bind { name: id.name.to_string(), value: Some(value), scope, type_name };
                out.push(node(kind, span));
            }
            js::BindingPattern::AssignmentPattern(pattern) => {
                let value = l.defaulted(value, &pattern.right, span);
                l.bind_pattern(&pattern.left, value, scope, type_name, out);
            }
            js::BindingPattern::ObjectPattern(pattern) => {
                let of = l.source(value, scope, out);
                for property in &pattern.properties {
                    let part = l.part(&of, &property.key, property.computed);
                    l.bind_pattern(&property.value, part, scope, None, out);
                }
                if let Some(rest) = &pattern.rest {
                    let keys: Vec<PropertyKey> =
                        pattern.properties.iter().map(|p| l.property_key(&p.key, p.computed)).collect();
                    let part = remaining_properties(of, keys, l.span(rest.span));
                    l.bind_pattern(&rest.argument, part, scope, None, out);
                }
            }
            js::BindingPattern::ArrayPattern(pattern) => {
                let of = l.source(value, scope, out);
                for (at, element) in pattern.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let part = element_at(&of, at, l.span(element.span()));
                        l.bind_pattern(element, part, scope, None, out);
                    }
                }
                if let Some(rest) = &pattern.rest {
                    let part = remaining_elements(of, pattern.elements.len(), l.span(rest.span));
                    l.bind_pattern(&rest.argument, part, scope, None, out);
                }
            }
        });
        if done.is_none() {
            out.push(node(NodeKind::Opaque(Vec::new()), span));
        }
    }

    /// Assigns to a target, which may be a pattern.
    pub(super) fn assign_pattern(
        &mut self,
        target: &js::AssignmentTarget<'_>,
        value: Expr,
        span: Span,
        out: &mut Block,
    ) {
        if let Some(simple) = target.as_simple_assignment_target() {
            let target = self.target(simple);
            out.push(node(NodeKind::Assign { target, value }, span));
            return;
        }
        let done = self.deeper(span, |l| match target {
            js::AssignmentTarget::ObjectAssignmentTarget(pattern) => {
                // Always kept: one of the targets may be what the value is read from.
                let of = l.keep(value, out);
                for property in &pattern.properties {
                    l.assign_property(property, &of, out);
                }
                if let Some(rest) = &pattern.rest {
                    let at = l.span(rest.span);
                    l.assign_pattern(&rest.target, remaining_properties(of, Vec::new(), at), at, out);
                }
            }
            js::AssignmentTarget::ArrayAssignmentTarget(pattern) => {
                let of = l.keep(value, out);
                for (index, element) in pattern.elements.iter().enumerate() {
                    if let Some(element) = element {
                        let at = l.span(element.span());
                        l.assign_element(element, element_at(&of, index, at), at, out);
                    }
                }
                if let Some(rest) = &pattern.rest {
                    let at = l.span(rest.span);
                    let part = remaining_elements(of, pattern.elements.len(), at);
                    l.assign_pattern(&rest.target, part, at, out);
                }
            }
            _ => {}
        });
        if done.is_none() {
            out.push(node(NodeKind::Opaque(Vec::new()), span));
        }
    }

    fn assign_property(&mut self, property: &js::AssignmentTargetProperty<'_>, of: &Expr, out: &mut Block) {
        match property {
            js::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(property) => {
                let at = self.span(property.span);
                let name = property.binding.name.as_str();
                let mut value = member(of.clone(), name, at);
                if let Some(init) = &property.init {
                    value = self.defaulted(value, init, at);
                }
                let target = super::name(name, at);
                out.push(node(NodeKind::Assign { target, value }, at));
            }
            js::AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                let at = self.span(property.span);
                let value = self.part(of, &property.name, property.computed);
                self.assign_element(&property.binding, value, at, out);
            }
        }
    }

    fn assign_element(
        &mut self,
        element: &js::AssignmentTargetMaybeDefault<'_>,
        value: Expr,
        span: Span,
        out: &mut Block,
    ) {
        if let js::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(element) = element {
            let value = self.defaulted(value, &element.init, span);
            self.assign_pattern(&element.binding, value, span, out);
        } else if let Some(target) = element.as_assignment_target() {
            self.assign_pattern(target, value, span, out);
        }
    }

    pub(super) fn target(&mut self, target: &js::SimpleAssignmentTarget<'_>) -> Expr {
        use js::SimpleAssignmentTarget as T;
        let span = self.span(target.span());
        match target {
            T::AssignmentTargetIdentifier(id) => super::name(id.name.as_str(), span),
            T::TSAsExpression(e) => self.expression(&e.expression),
            T::TSSatisfiesExpression(e) => self.expression(&e.expression),
            T::TSNonNullExpression(e) => self.expression(&e.expression),
            T::TSTypeAssertion(e) => self.expression(&e.expression),
            _ => match target.as_member_expression() {
                Some(target) => self
                    .deeper(span, |l| l.member_expression(target))
                    .unwrap_or_else(|| Expr::new(ExprKind::Opaque(Vec::new()), span)),
                None => Expr::new(ExprKind::Opaque(Vec::new()), span),
            },
        }
    }

    fn defaulted(&mut self, value: Expr, other: &js::Expression<'_>, span: Span) -> Expr {
        let other = self.expression(other);
        Expr::new(ExprKind::Default { value, other, or_empty: false }, span)
    }

    /// Something that can be read several times: a name, or members of one. A `var` may bind the
    /// very name that is read, so that its value is kept.
    fn source(&mut self, value: Expr, scope: Scope, out: &mut Block) -> Expr {
        if scope == Scope::Block && is_path(&value) { value } else { self.keep(value, out) }
    }

    fn part(&mut self, of: &Expr, key: &js::PropertyKey<'_>, computed: bool) -> Expr {
        let span = self.span(key.span());
        match self.property_key(key, computed) {
            PropertyKey::Computed(key) => Expr::new(ExprKind::Index { of: of.clone(), key }, span),
            PropertyKey::Named(name) => member(of.clone(), name, span),
            PropertyKey::Spread => of.clone(),
        }
    }
}

fn is_path(value: &Expr) -> bool {
    match &*value.kind {
        ExprKind::Name(_) => true,
        ExprKind::Member { of, .. } => is_path(of),
        _ => false,
    }
}

fn element_at(of: &Expr, index: usize, span: Span) -> Expr {
    let key = Expr::new(ExprKind::Number(f64::from(u32::try_from(index).unwrap_or(u32::MAX))), span);
    Expr::new(ExprKind::Index { of: of.clone(), key }, span)
}

/// `...rest` of an object: as far as is known, all of it.
fn remaining_properties(of: Expr, taken: Vec<PropertyKey>, span: Span) -> Expr {
    let mut properties = vec![Property { key: PropertyKey::Spread, value: of }];
    // What the pattern took by name is not in the rest.
    properties.extend(
        taken
            .into_iter()
            .filter(|key| matches!(key, PropertyKey::Named(_)))
            .map(|key| Property { key, value: Expr::new(ExprKind::Undefined, span) }),
    );
    Expr::new(ExprKind::Object(properties), span)
}

/// `...rest` of a list.
fn remaining_elements(of: Expr, from: usize, span: Span) -> Expr {
    let from = Expr::new(ExprKind::Number(f64::from(u32::try_from(from).unwrap_or(u32::MAX))), span);
    plain_call(member(of, "slice", span), vec![from], span)
}
