//! Functions and their parameters, and what is taken from types: the last name.

use oxc_ast::ast as js;

use super::{Lowering, name, node};
use crate::words::flow::{Block, Expr, ExprKind, Function, NodeKind, Param, Scope};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn function(&mut self, function: &js::Function<'_>, hint: Option<&str>) -> Expr {
        let span = self.span(function.span);
        let own = function.id.as_ref().map(|id| id.name.as_str()).or(hint).map(str::to_owned);
        let kind = self.function_kind(
            own,
            &function.params,
            span,
            (function.r#async, function.generator, false),
            |l, out| {
                if let Some(body) = &function.body {
                    l.directives(&body.directives, out);
                    l.block_into(&body.statements, out);
                }
            },
        );
        Expr::new(kind, span)
    }

    pub(super) fn arrow(&mut self, arrow: &js::ArrowFunctionExpression<'_>, hint: Option<&str>) -> ExprKind {
        let span = self.span(arrow.span);
        let flags = (arrow.r#async, false, true);
        self.function_kind(hint.map(str::to_owned), &arrow.params, span, flags, |l, out| {
            if let js::ArrowFunctionBody::FunctionBody(body) = &arrow.body {
                l.directives(&body.directives, out);
                l.block_into(&body.statements, out);
            } else if let Some(value) = arrow.body.as_expression() {
                let value = l.expression(value);
                let at = value.span;
                out.push(node(NodeKind::Return(Some(value)), at));
            }
        })
    }

    /// `flags`: async, generator, lexical `this`.
    fn function_kind(
        &mut self,
        own: Option<String>,
        params: &js::FormalParameters<'_>,
        span: Span,
        flags: (bool, bool, bool),
        fill: impl FnOnce(&mut Self, &mut Block),
    ) -> ExprKind {
        // A `break` never crosses a function.
        let targets = std::mem::take(&mut self.targets);
        let namespace = self.namespace.take();
        let mut body = Block::new();
        let params = self.params(params, &mut body);
        fill(self, &mut body);
        self.targets = targets;
        self.namespace = namespace;
        let (is_async, is_generator, lexical_this) = flags;
        self.add_function(Function { name: own, params, body, is_async, is_generator, lexical_this, span })
    }

    fn params(&mut self, params: &js::FormalParameters<'_>, body: &mut Block) -> Vec<Param> {
        let mut out = Vec::new();
        for item in &params.items {
            let type_name = item.type_annotation.as_ref().and_then(|t| type_name(t));
            let default = item.initializer.as_ref().map(|value| self.expression(value));
            let name = self.param_name(&item.pattern, body);
            if item.accessibility.is_some() || item.readonly || item.r#override {
                // A parameter property: it is also a field of the same name.
                let span = self.span(item.span);
                let target = super::member(super::name("this", span), name.clone(), span);
                let value = super::name(name.clone(), span);
                body.push(node(NodeKind::Assign { target, value }, span));
            }
            out.push(Param { name, type_name, default, rest: false });
        }
        if let Some(rest) = &params.rest {
            let type_name = rest.type_annotation.as_ref().and_then(|t| type_name(t));
            let name = self.param_name(&rest.rest.argument, body);
            out.push(Param { name, type_name, default: None, rest: true });
        }
        out
    }

    fn param_name(&mut self, pattern: &js::BindingPattern<'_>, body: &mut Block) -> String {
        if let js::BindingPattern::BindingIdentifier(id) = pattern {
            return id.name.to_string();
        }
        let span = self.span(oxc_span::GetSpan::span(pattern));
        let fresh = self.fresh();
        self.bind_pattern(pattern, name(fresh.clone(), span), Scope::Block, None, body);
        fresh
    }
}

/// The name of an annotated type, with the name in front of it: `Knex.Transaction`.
pub(super) fn type_name(annotation: &js::TSTypeAnnotation<'_>) -> Option<String> {
    match &annotation.type_annotation {
        // `pg.Pool | undefined`: the first that has a name.
        js::TSType::TSUnionType(union) => union.types.iter().find_map(|of| match of {
            js::TSType::TSTypeReference(reference) => named(&reference.type_name),
            other => last_name(other),
        }),
        js::TSType::TSTypeReference(reference) => named(&reference.type_name),
        other => last_name(other),
    }
}

/// A type's name as it is written, with at most one name in front.
pub(super) fn named(name: &js::TSTypeName<'_>) -> Option<String> {
    match name {
        js::TSTypeName::IdentifierReference(id) => Some(id.name.to_string()),
        js::TSTypeName::QualifiedName(name) => match &name.left {
            js::TSTypeName::IdentifierReference(left) => Some(format!("{}.{}", left.name, name.right.name)),
            _ => Some(name.right.name.to_string()),
        },
        js::TSTypeName::ThisExpression(_) => None,
    }
}

/// The last name of a type: `Prisma.TransactionClient` is `TransactionClient`.
pub(super) fn last_name(of: &js::TSType<'_>) -> Option<String> {
    match of {
        js::TSType::TSTypeReference(reference) => match &reference.type_name {
            js::TSTypeName::QualifiedName(name) => Some(name.right.name.to_string()),
            name => named(name),
        },
        js::TSType::TSImportType(import) => match import.qualifier.as_ref()? {
            js::TSImportTypeQualifier::Identifier(id) => Some(id.name.to_string()),
            js::TSImportTypeQualifier::QualifiedName(name) => Some(name.right.name.to_string()),
        },
        js::TSType::TSParenthesizedType(inner) => last_name(&inner.type_annotation),
        // `Pool | undefined`, `Client & Extensions`: the first that has a name.
        js::TSType::TSUnionType(union) => union.types.iter().find_map(last_name),
        js::TSType::TSIntersectionType(both) => both.types.iter().find_map(last_name),
        _ => None,
    }
}

/// Those of type arguments; what has no name is left out.
pub(super) fn type_arguments(
    arguments: Option<&oxc_allocator::Box<'_, js::TSTypeParameterInstantiation<'_>>>,
) -> Vec<String> {
    arguments.map_or_else(Vec::new, |arguments| arguments.params.iter().filter_map(last_name).collect())
}
