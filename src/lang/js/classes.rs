//! Classes, enums and namespaces.

use oxc_ast::ast as js;
use oxc_span::GetSpan;

use super::{Lowering, member, name, node};
use crate::words::flow::{
    Block, Class, Expr, ExprKind, FunctionId, Member, MemberValue, NodeKind, Property, PropertyKey, Scope,
};

impl Lowering<'_> {
    pub(super) fn class(&mut self, class: &js::Class<'_>, hint: Option<&str>) -> Expr {
        let span = self.span(class.span);
        let own = class.id.as_ref().map(|id| id.name.as_str()).or(hint).map(str::to_owned);
        let mut out = Class {
            name: own,
            base: class.heritage.as_ref().map(|heritage| self.expression(&heritage.expression)),
            decorators: self.decorators(&class.decorators),
            constructor: None,
            members: Vec::new(),
            on_define: Block::new(),
            span,
        };
        for element in &class.body.body {
            self.class_element(element, &mut out);
        }
        let kind = self.add_class(out);
        Expr::new(kind, span)
    }

    fn class_element(&mut self, element: &js::ClassElement<'_>, out: &mut Class) {
        match element {
            js::ClassElement::StaticBlock(block) => {
                let span = self.span(block.span);
                let targets = std::mem::take(&mut self.targets);
                let body = self.block(&block.body);
                self.targets = targets;
                out.on_define.push(node(NodeKind::Scope(body), span));
            }
            js::ClassElement::MethodDefinition(method) => self.method(method, out),
            js::ClassElement::PropertyDefinition(field) if !field.declare => {
                let name = self.member_name(&field.key, field.computed, out);
                let value = field.value.as_ref().map(|value| self.named(value, Some(&name)));
                out.members.push(Member {
                    name,
                    is_static: field.r#static,
                    value: MemberValue::Field(value),
                    type_name: field.type_annotation.as_ref().and_then(|t| super::functions::type_name(t)),
                    decorators: self.decorators(&field.decorators),
                });
            }
            js::ClassElement::AccessorProperty(field) => {
                let name = self.member_name(&field.key, field.computed, out);
                let value = field.value.as_ref().map(|value| self.named(value, Some(&name)));
                out.members.push(Member {
                    name,
                    is_static: field.r#static,
                    value: MemberValue::Field(value),
                    type_name: field.type_annotation.as_ref().and_then(|t| super::functions::type_name(t)),
                    decorators: self.decorators(&field.decorators),
                });
            }
            _ => {}
        }
    }

    fn method(&mut self, method: &js::MethodDefinition<'_>, out: &mut Class) {
        // Overloads and abstract methods have no body.
        if method.value.body.is_none() {
            return;
        }
        let mut decorators = self.decorators(&method.decorators);
        for param in &method.value.params.items {
            decorators.extend(self.decorators(&param.decorators));
        }
        let mut name = self.member_name(&method.key, method.computed, out);
        let value = self.function(&method.value, Some(&name));
        let ExprKind::Function(id) = *value.kind else { return };
        let value = match method.kind {
            js::MethodDefinitionKind::Constructor => {
                constructor(method, id, out);
                out.decorators.extend(decorators);
                return;
            }
            js::MethodDefinitionKind::Get => MemberValue::Getter(id),
            js::MethodDefinitionKind::Set => {
                name.insert_str(0, "set ");
                MemberValue::Method(id)
            }
            js::MethodDefinitionKind::Method => MemberValue::Method(id),
        };
        out.members.push(Member { name, is_static: method.r#static, value, type_name: None, decorators });
    }

    /// A computed name that is not known is evaluated when the class is defined.
    fn member_name(&mut self, key: &js::PropertyKey<'_>, computed: bool, out: &mut Class) -> String {
        match self.property_key(key, computed) {
            PropertyKey::Named(name) => name,
            PropertyKey::Computed(key) => {
                let span = key.span;
                out.on_define.push(node(NodeKind::Eval(key), span));
                "[computed]".to_owned()
            }
            PropertyKey::Spread => String::new(),
        }
    }

    fn decorators(&mut self, decorators: &[js::Decorator<'_>]) -> Vec<Expr> {
        decorators.iter().map(|decorator| self.expression(&decorator.expression)).collect()
    }

    pub(super) fn enumeration(&mut self, declaration: &js::TSEnumDeclaration<'_>, out: &mut Block) {
        let span = self.span(declaration.span);
        let mut properties = Vec::new();
        let mut next = Some(0.0);
        for item in &declaration.body.members {
            let at = self.span(item.span);
            let key = match &item.id {
                js::TSEnumMemberName::Identifier(id) => PropertyKey::Named(id.name.to_string()),
                js::TSEnumMemberName::String(text) | js::TSEnumMemberName::ComputedString(text) => {
                    PropertyKey::Named(text.value.to_string())
                }
                js::TSEnumMemberName::ComputedTemplateString(_) => {
                    PropertyKey::Computed(Expr::new(ExprKind::Opaque(Vec::new()), self.span(item.id.span())))
                }
            };
            let value = match (&item.initializer, next) {
                (Some(value), _) => self.expression(value),
                (None, Some(number)) => Expr::new(ExprKind::Number(number), at),
                (None, None) => Expr::new(ExprKind::Opaque(Vec::new()), at),
            };
            next = if let ExprKind::Number(number) = *value.kind { Some(number + 1.0) } else { None };
            properties.push(Property { key, value });
        }
        let value = Some(Expr::new(ExprKind::Object(properties), span));
        let name = declaration.id.name.to_string();
        out.push(node(NodeKind::Bind { name, value, scope: Scope::Block, type_name: None }, span));
    }

    /// An object that the statements of the namespace fill.
    pub(super) fn namespace(&mut self, namespace: &js::TSNamespaceDeclaration<'_>, out: &mut Block) {
        if namespace.declare {
            return;
        }
        let span = self.span(namespace.span);
        let own = namespace.id.name.to_string();
        let value = Some(Expr::new(ExprKind::Object(Vec::new()), span));
        let bind = NodeKind::Bind { name: own.clone(), value, scope: Scope::Block, type_name: None };
        out.push(node(bind, span));
        let outer = self.namespace.replace(own);
        let mut body = Block::new();
        match &namespace.body {
            js::TSNamespaceDeclarationBody::TSModuleBlock(block) => self.block_into(&block.body, &mut body),
            js::TSNamespaceDeclarationBody::TSNamespaceDeclaration(inner) => {
                // `namespace A.B { … }`
                if self.deeper(span, |l| l.namespace(inner, &mut body)).is_none() {
                    body.push(node(NodeKind::Opaque(Vec::new()), span));
                }
                let inner_name = inner.id.name.as_str();
                let value = name(inner_name, span);
                let outer = self.namespace.clone().unwrap_or_default();
                let target = member(name(outer, span), inner_name, span);
                body.push(node(NodeKind::Assign { target, value }, span));
            }
        }
        self.namespace = outer;
        out.push(node(NodeKind::Scope(body), span));
    }
}

/// Its parameter properties are fields as well.
fn constructor(method: &js::MethodDefinition<'_>, id: FunctionId, out: &mut Class) {
    out.constructor = Some(id);
    for param in &method.value.params.items {
        if param.accessibility.is_none() && !param.readonly && !param.r#override {
            continue;
        }
        if let js::BindingPattern::BindingIdentifier(name) = &param.pattern {
            out.members.push(Member {
                name: name.name.to_string(),
                is_static: false,
                value: MemberValue::Field(None),
                type_name: param.type_annotation.as_ref().and_then(|t| super::functions::type_name(t)),
                decorators: Vec::new(),
            });
        }
    }
}
