//! Expressions. What has no meaning of its own here becomes opaque, with its parts kept.

use oxc_ast::ast as js;
use oxc_span::GetSpan;
use oxc_syntax::operator::{AssignmentOperator, BinaryOperator, LogicalOperator, UnaryOperator};

use super::texts::sum_of;
use super::{Lowering, member, name};
use crate::words::flow::{Call, CallKind, Comparison, Expr, ExprKind, NodeKind, Property, PropertyKey};
use crate::words::span::Span;

pub(super) fn plain_call(callee: Expr, args: Vec<Expr>, span: Span) -> Expr {
    let call = Call { callee, args, kind: CallKind::Plain, optional: false, type_args: Vec::new() };
    Expr::new(ExprKind::Call(call), span)
}

impl Lowering<'_> {
    pub(super) fn expression(&mut self, e: &js::Expression<'_>) -> Expr {
        self.named(e, None)
    }

    /// `hint` is what a function or class is called that stands here without a name of its own.
    pub(super) fn named(&mut self, e: &js::Expression<'_>, hint: Option<&str>) -> Expr {
        let span = self.span(e.span());
        self.deeper(span, |l| l.expression_here(e, span, hint))
            .unwrap_or_else(|| Expr::new(ExprKind::Opaque(Vec::new()), span))
    }

    fn expression_here(&mut self, e: &js::Expression<'_>, span: Span, hint: Option<&str>) -> Expr {
        use js::Expression as E;
        let kind = match e {
            E::BooleanLiteral(literal) => ExprKind::Bool(literal.value),
            E::NullLiteral(_) => ExprKind::Null,
            E::NumericLiteral(literal) => ExprKind::Number(literal.value),
            E::StringLiteral(literal) => ExprKind::Text(literal.value.to_string()),
            E::BigIntLiteral(_) | E::RegExpLiteral(_) | E::NewTarget(_) => ExprKind::Opaque(Vec::new()),
            E::Identifier(id) if id.name == "undefined" => ExprKind::Undefined,
            E::Identifier(id) => ExprKind::Name(id.name.to_string()),
            E::ThisExpression(_) => ExprKind::Name("this".to_owned()),
            E::Super(_) => ExprKind::Name("super".to_owned()),
            E::ImportMeta(_) => ExprKind::Member { of: name("import", span), name: "meta".to_owned() },
            E::TemplateLiteral(template) => self.template(template),
            E::TaggedTemplateExpression(tagged) => self.tagged(tagged),
            E::ArrayExpression(array) => self.array(array),
            E::ObjectExpression(object) => self.object(object),
            E::ArrowFunctionExpression(arrow) => self.arrow(arrow, hint),
            E::FunctionExpression(function) => return self.function(function, hint),
            E::ClassExpression(class) => return self.class(class, hint),
            E::AssignmentExpression(assignment) => self.assignment(assignment, span),
            E::AwaitExpression(e) => ExprKind::Await(self.expression(&e.argument)),
            E::BinaryExpression(e) => self.binary(e),
            E::LogicalExpression(e) => self.logical(e),
            E::UnaryExpression(e) => self.unary(e),
            E::UpdateExpression(e) => {
                let target = self.target(&e.argument);
                let value = Expr::new(ExprKind::Opaque(vec![target.clone()]), span);
                ExprKind::Assign { target, value }
            }
            E::ConditionalExpression(e) => {
                let test = self.expression(&e.test);
                let then = self.named(&e.consequent, hint);
                let other = self.named(&e.alternate, hint);
                ExprKind::Choose { test, then, other }
            }
            E::CallExpression(call) => self.call(call),
            E::NewExpression(new) => self.new_call(new),
            E::ChainExpression(chain) => return self.chain(&chain.expression, span),
            E::ImportExpression(import) => {
                ExprKind::Load { module: self.expression(&import.source), deferred: true }
            }
            E::ParenthesizedExpression(e) => return self.named(&e.expression, hint),
            E::SequenceExpression(e) => return self.sequence(e, span),
            E::YieldExpression(e) => {
                ExprKind::Opaque(e.argument.iter().map(|value| self.expression(value)).collect())
            }
            E::PrivateInExpression(e) => ExprKind::Opaque(vec![self.expression(&e.right)]),
            E::JSXElement(element) => ExprKind::Opaque(self.element(element)),
            E::JSXFragment(fragment) => ExprKind::Opaque(self.children(&fragment.children)),
            E::TSAsExpression(e) => return self.named(&e.expression, hint),
            E::TSSatisfiesExpression(e) => return self.named(&e.expression, hint),
            E::TSTypeAssertion(e) => return self.named(&e.expression, hint),
            E::TSNonNullExpression(e) => return self.named(&e.expression, hint),
            E::TSInstantiationExpression(e) => return self.named(&e.expression, hint),
            E::V8IntrinsicExpression(e) => ExprKind::Opaque(self.arguments(&e.arguments)),
            _ => match e.as_member_expression() {
                Some(member) => return self.member_expression(member),
                None => ExprKind::Opaque(Vec::new()),
            },
        };
        Expr::new(kind, span)
    }

    pub(super) fn member_expression(&mut self, e: &js::MemberExpression<'_>) -> Expr {
        let span = self.span(e.span());
        match e {
            js::MemberExpression::StaticMemberExpression(e) => {
                member(self.expression(&e.object), e.property.name.as_str(), span)
            }
            js::MemberExpression::PrivateFieldExpression(e) => {
                member(self.expression(&e.object), format!("#{}", e.field.name), span)
            }
            js::MemberExpression::ComputedMemberExpression(e) => {
                let of = self.expression(&e.object);
                let key = self.expression(&e.expression);
                match *key.kind {
                    ExprKind::Text(name) => member(of, name, span),
                    kind => {
                        let key = Expr::new(kind, key.span);
                        Expr::new(ExprKind::Index { of, key }, span)
                    }
                }
            }
        }
    }

    fn chain(&mut self, chain: &js::ChainElement<'_>, span: Span) -> Expr {
        match chain {
            js::ChainElement::CallExpression(call) => Expr::new(self.call(call), span),
            js::ChainElement::TSNonNullExpression(e) => self.expression(&e.expression),
            _ => match chain.as_member_expression() {
                Some(e) => self.member_expression(e),
                None => Expr::new(ExprKind::Opaque(Vec::new()), span),
            },
        }
    }

    fn call(&mut self, call: &js::CallExpression<'_>) -> ExprKind {
        if let js::Expression::Identifier(callee) = &call.callee
            && callee.name == "require"
            && let [only] = call.arguments.as_slice()
            && let Some(module) = only.as_expression()
        {
            return ExprKind::Load { module: self.expression(module), deferred: false };
        }
        // `line.split(/\s+/)` gives the words, as a split without a separator does elsewhere.
        let args = if at_white_space(call) { Vec::new() } else { self.arguments(&call.arguments) };
        ExprKind::Call(Call {
            callee: self.expression(&call.callee),
            args,
            kind: CallKind::Plain,
            optional: call.optional || may_stop_early(&call.callee),
            type_args: super::functions::type_arguments(call.type_arguments.as_ref()),
        })
    }

    fn new_call(&mut self, new: &js::NewExpression<'_>) -> ExprKind {
        ExprKind::Call(Call {
            callee: self.expression(&new.callee),
            args: self.arguments(&new.arguments),
            kind: CallKind::New,
            optional: false,
            type_args: super::functions::type_arguments(new.type_arguments.as_ref()),
        })
    }

    fn arguments(&mut self, arguments: &[js::Argument<'_>]) -> Vec<Expr> {
        let mut out = Vec::with_capacity(arguments.len());
        for argument in arguments {
            if let js::Argument::SpreadElement(spread) = argument {
                out.push(self.spread(spread));
            } else if let Some(e) = argument.as_expression() {
                out.push(self.expression(e));
            }
        }
        out
    }

    fn spread(&mut self, spread: &js::SpreadElement<'_>) -> Expr {
        let span = self.span(spread.span);
        Expr::new(ExprKind::Spread(self.expression(&spread.argument)), span)
    }

    fn array(&mut self, array: &js::ArrayExpression<'_>) -> ExprKind {
        let mut out = Vec::with_capacity(array.elements.len());
        for element in &array.elements {
            match element {
                js::ArrayExpressionElement::SpreadElement(spread) => out.push(self.spread(spread)),
                js::ArrayExpressionElement::Elision(hole) => {
                    out.push(Expr::new(ExprKind::Undefined, self.span(hole.span)));
                }
                _ => out.extend(element.as_expression().map(|e| self.expression(e))),
            }
        }
        ExprKind::List(out)
    }

    fn object(&mut self, object: &js::ObjectExpression<'_>) -> ExprKind {
        let mut out = Vec::with_capacity(object.properties.len());
        for property in &object.properties {
            match property {
                js::ObjectPropertyKind::SpreadProperty(spread) => {
                    let value = self.expression(&spread.argument);
                    out.push(Property { key: PropertyKey::Spread, value });
                }
                js::ObjectPropertyKind::ObjectProperty(property) => {
                    let mut key = self.property_key(&property.key, property.computed);
                    let hint = match &key {
                        PropertyKey::Named(name) => Some(name.clone()),
                        _ => None,
                    };
                    let value = self.named(&property.value, hint.as_deref());
                    if let PropertyKey::Named(name) = &mut key {
                        match property.kind {
                            // A setter must not take the place of the value that is read.
                            js::PropertyKind::Set => name.insert_str(0, "set "),
                            // What is read is what the function gives.
                            js::PropertyKind::Get => name.insert_str(0, "get "),
                            js::PropertyKind::Init => {}
                        }
                    }
                    out.push(Property { key, value });
                }
            }
        }
        ExprKind::Object(out)
    }

    pub(super) fn property_key(&mut self, key: &js::PropertyKey<'_>, computed: bool) -> PropertyKey {
        match key {
            js::PropertyKey::StaticIdentifier(id) => PropertyKey::Named(id.name.to_string()),
            js::PropertyKey::PrivateIdentifier(id) => PropertyKey::Named(format!("#{}", id.name)),
            js::PropertyKey::StringLiteral(text) => PropertyKey::Named(text.value.to_string()),
            js::PropertyKey::NumericLiteral(number) if !computed => {
                PropertyKey::Named(number.value.to_string())
            }
            _ => match key.as_expression() {
                Some(e) => PropertyKey::Computed(self.expression(e)),
                None => PropertyKey::Named(String::new()),
            },
        }
    }

    /// Compilers write `(0, a.b)()`: the literals in front mean nothing.
    fn sequence(&mut self, e: &js::SequenceExpression<'_>, span: Span) -> Expr {
        let mut parts: Vec<Expr> = e.expressions.iter().map(|e| self.expression(e)).collect();
        let last = parts.pop();
        parts.retain(|part| !matches!(*part.kind, ExprKind::Number(_) | ExprKind::Undefined));
        match last {
            Some(only) if parts.is_empty() => only,
            last => {
                parts.extend(last);
                Expr::new(ExprKind::Sequence(parts), span)
            }
        }
    }

    fn binary(&mut self, e: &js::BinaryExpression<'_>) -> ExprKind {
        if e.operator == BinaryOperator::In {
            let (key, of) = (self.expression(&e.left), self.expression(&e.right));
            let span = key.span.to(of.span);
            let value = Expr::new(ExprKind::Index { of, key }, span);
            return ExprKind::IsSet { value, set_only: true };
        }
        let op = match e.operator {
            BinaryOperator::Addition => return self.sum(e),
            BinaryOperator::Equality | BinaryOperator::StrictEquality => Comparison::Equal,
            BinaryOperator::Inequality | BinaryOperator::StrictInequality => Comparison::NotEqual,
            operator if operator.is_compare() || operator == BinaryOperator::Instanceof => Comparison::Other,
            _ => return ExprKind::Opaque(vec![self.expression(&e.left), self.expression(&e.right)]),
        };
        ExprKind::Compare { op, left: self.expression(&e.left), right: self.expression(&e.right) }
    }

    fn logical(&mut self, e: &js::LogicalExpression<'_>) -> ExprKind {
        let left = self.expression(&e.left);
        let right = self.expression(&e.right);
        either(e.operator, left, right)
    }

    fn unary(&mut self, e: &js::UnaryExpression<'_>) -> ExprKind {
        let value = self.expression(&e.argument);
        match (e.operator, &*value.kind) {
            (UnaryOperator::LogicalNot, _) => ExprKind::Not(value),
            (UnaryOperator::UnaryNegation, ExprKind::Number(number)) => ExprKind::Number(-number),
            (UnaryOperator::Void, ExprKind::Number(_)) => ExprKind::Undefined,
            (UnaryOperator::Void, _) => {
                let span = value.span;
                ExprKind::Sequence(vec![value, Expr::new(ExprKind::Undefined, span)])
            }
            _ => ExprKind::Opaque(vec![value]),
        }
    }

    fn assignment(&mut self, e: &js::AssignmentExpression<'_>, span: Span) -> ExprKind {
        let hint = super::modules::target_name(&e.left);
        let value = self.named(&e.right, hint.as_deref());
        let Some(simple) = e.left.as_simple_assignment_target() else {
            return self.pattern_as_value(&e.left, value, span);
        };
        let target = self.target(simple);
        let value = match e.operator {
            AssignmentOperator::Assign => value,
            AssignmentOperator::Addition => Expr::new(sum_of(vec![target.clone(), value]), span),
            operator => match operator.to_logical_operator() {
                Some(logical) => Expr::new(either(logical, target.clone(), value), span),
                None => Expr::new(ExprKind::Opaque(vec![target.clone(), value]), span),
            },
        };
        ExprKind::Assign { target, value }
    }

    /// A destructuring assignment whose value is used.
    fn pattern_as_value(&mut self, left: &js::AssignmentTarget<'_>, value: Expr, span: Span) -> ExprKind {
        let mut nodes = Vec::new();
        let value = self.keep(value, &mut nodes);
        self.assign_pattern(left, value.clone(), span, &mut nodes);
        let mut parts = Vec::new();
        for node in nodes {
            let (target, value) = match node.kind {
                NodeKind::Bind { name: bound, value: Some(value), .. } => (name(bound, node.span), value),
                NodeKind::Assign { target, value } => (target, value),
                _ => continue,
            };
            parts.push(Expr::new(ExprKind::Assign { target, value }, node.span));
        }
        parts.push(value);
        ExprKind::Sequence(parts)
    }
}

fn either(operator: LogicalOperator, left: Expr, right: Expr) -> ExprKind {
    match operator {
        LogicalOperator::And => ExprKind::And(left, right),
        LogicalOperator::Or => ExprKind::Or(left, right),
        LogicalOperator::Coalesce => ExprKind::Default { value: left, other: right, or_empty: false },
    }
}

/// Something to the left in the same chain is optional, so that the call may not happen.
fn may_stop_early(callee: &js::Expression<'_>) -> bool {
    use js::Expression as E;
    let mut at = callee;
    loop {
        let (optional, left) = match at {
            E::CallExpression(e) => (e.optional, &e.callee),
            E::StaticMemberExpression(e) => (e.optional, &e.object),
            E::ComputedMemberExpression(e) => (e.optional, &e.object),
            E::PrivateFieldExpression(e) => (e.optional, &e.object),
            E::TSNonNullExpression(e) => (false, &e.expression),
            _ => return false,
        };
        if optional {
            return true;
        }
        at = left;
    }
}

/// A split by a pattern that white space alone meets.
fn at_white_space(call: &js::CallExpression<'_>) -> bool {
    let js::Expression::StaticMemberExpression(member) = &call.callee else { return false };
    let [js::Argument::RegExpLiteral(pattern)] = call.arguments.as_slice() else { return false };
    let white = ["\\s+", "\\s", " +", "[ ]+", "[\\s]+", "[ \\t]+", "\\s{1,}"];
    member.property.name == "split" && white.contains(&pattern.regex.pattern.text.as_str())
}
