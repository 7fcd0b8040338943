//! The digest of a syntax tree: what a file means, without comments and formatting.
//!
//! A walk in order writes for each node its kind, then what of its meaning is no child of its own
//! (names, literal values, operators, flags, which optional parts are there), then its children,
//! then an end. Two trees that differ anywhere give different bytes.

use oxc_allocator::Vec as ArenaVec;
use oxc_ast::AstKind;
use oxc_ast::ast as js;
use oxc_ast_visit::Visit;
use oxc_ast_visit::walk::walk_property_key;

/// Between two parts; nothing that is written holds it, see [`Writer::text`].
const BETWEEN: u8 = 0x1f;
const END: u8 = 0x1e;
const ESCAPE: u8 = 0x1d;

pub(super) fn of(program: &js::Program<'_>) -> Vec<u8> {
    let mut writer = Writer { out: Vec::with_capacity(program.source_text.len()) };
    writer.visit_program(program);
    writer.out
}

struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn text(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                ESCAPE..=BETWEEN => self.out.extend([ESCAPE, byte + 0x20]),
                _ => self.out.push(byte),
            }
        }
        self.out.push(BETWEEN);
    }

    fn flags(&mut self, flags: &[bool]) {
        self.out.extend(flags.iter().map(|flag| if *flag { b'1' } else { b'0' }));
        self.out.push(BETWEEN);
    }

    fn string(&mut self, value: &str, lone_surrogates: bool) {
        self.text(value);
        if lone_surrogates {
            self.flags(&[true]);
        }
    }
}

impl<'a> Visit<'a> for Writer {
    /// A semicolon alone means something only where a statement is asked for.
    fn visit_statements(&mut self, statements: &ArenaVec<'a, js::Statement<'a>>) {
        for statement in statements {
            if !matches!(statement, js::Statement::EmptyStatement(_)) {
                self.visit_statement(statement);
            }
        }
    }

    /// Quotes around a key are a matter of style.
    fn visit_property_key(&mut self, key: &js::PropertyKey<'a>) {
        let text = match key {
            js::PropertyKey::StaticIdentifier(id) => id.name.as_str(),
            js::PropertyKey::StringLiteral(text) if !text.lone_surrogates => text.value.as_str(),
            _ => return walk_property_key(self, key),
        };
        self.out.push(b'k');
        self.text(text);
    }

    /// Line ends between elements, and comments, are nothing.
    fn visit_jsx_children(&mut self, children: &ArenaVec<'a, js::JSXChild<'a>>) {
        for child in children {
            let nothing = match child {
                js::JSXChild::Text(text) => text.value.contains('\n') && text.value.trim().is_empty(),
                js::JSXChild::ExpressionContainer(container) => {
                    matches!(container.expression, js::JSXExpression::EmptyExpression(_))
                }
                _ => false,
            };
            if !nothing {
                self.visit_jsx_child(child);
            }
        }
    }

    fn enter_node(&mut self, kind: AstKind<'a>) {
        let number = kind.ty() as u8;
        self.out.extend(format!("{number:x}").bytes());
        self.out.push(BETWEEN);
        self.names(kind);
        self.literals(kind);
        self.operators(kind);
        self.declarations(kind);
        self.types(kind);
    }

    fn leave_node(&mut self, _: AstKind<'a>) {
        self.out.push(END);
    }
}

impl Writer {
    fn names(&mut self, kind: AstKind<'_>) {
        match kind {
            AstKind::IdentifierName(it) => self.text(&it.name),
            AstKind::IdentifierReference(it) => self.text(&it.name),
            AstKind::BindingIdentifier(it) => self.text(&it.name),
            AstKind::LabelIdentifier(it) => self.text(&it.name),
            AstKind::PrivateIdentifier(it) => self.text(&it.name),
            AstKind::JSXIdentifier(it) => self.text(&it.name),
            AstKind::TSIndexSignatureName(it) => self.text(&it.name),
            _ => {}
        }
    }

    fn literals(&mut self, kind: AstKind<'_>) {
        match kind {
            AstKind::BooleanLiteral(it) => self.flags(&[it.value]),
            AstKind::NumericLiteral(it) => self.text(&it.value.to_bits().to_string()),
            AstKind::BigIntLiteral(it) => self.text(&it.value),
            AstKind::StringLiteral(it) => self.string(&it.value, it.lone_surrogates),
            AstKind::RegExpLiteral(it) => {
                self.text(&it.regex.pattern.text);
                self.text(&it.regex.flags.bits().to_string());
            }
            // Tags may read the raw text.
            AstKind::TemplateElement(it) => self.string(&it.value.raw, it.lone_surrogates),
            AstKind::Directive(it) => self.text(&it.directive),
            AstKind::Hashbang(it) => self.text(&it.value),
            AstKind::JSXText(it) => {
                // As the compiler reads it: lines are trimmed and joined by a blank.
                let lines = it.value.split('\n').map(str::trim).filter(|line| !line.is_empty());
                self.text(&lines.collect::<Vec<_>>().join(" "));
                let blank = |c: Option<char>| c.is_some_and(|c| matches!(c, ' ' | '\t'));
                let first = it.value.split('\n').next().unwrap_or_default();
                let last = it.value.rsplit('\n').next().unwrap_or_default();
                self.flags(&[
                    !first.trim().is_empty() && blank(first.chars().next()),
                    !last.trim().is_empty() && blank(last.chars().last()),
                ]);
            }
            _ => {}
        }
    }

    fn operators(&mut self, kind: AstKind<'_>) {
        match kind {
            AstKind::UnaryExpression(it) => self.text(it.operator.as_str()),
            AstKind::BinaryExpression(it) => self.text(it.operator.as_str()),
            AstKind::LogicalExpression(it) => self.text(it.operator.as_str()),
            AstKind::AssignmentExpression(it) => self.text(it.operator.as_str()),
            AstKind::UpdateExpression(it) => {
                self.text(it.operator.as_str());
                self.flags(&[it.prefix]);
            }
            AstKind::ComputedMemberExpression(it) => self.flags(&[it.optional]),
            AstKind::StaticMemberExpression(it) => self.flags(&[it.optional]),
            AstKind::PrivateFieldExpression(it) => self.flags(&[it.optional]),
            AstKind::CallExpression(it) => self.flags(&[it.optional]),
            AstKind::YieldExpression(it) => self.flags(&[it.delegate]),
            AstKind::ImportExpression(it) => {
                self.flags(&[it.phase.is_some()]);
                self.text(it.phase.map_or("", js::ImportPhase::as_str));
            }
            AstKind::ForOfStatement(it) => self.flags(&[it.r#await]),
            AstKind::ForStatement(it) => {
                self.flags(&[it.init.is_some(), it.test.is_some(), it.update.is_some()]);
            }
            AstKind::SwitchCase(it) => self.flags(&[it.test.is_some()]),
            AstKind::TryStatement(it) => self.flags(&[it.handler.is_some(), it.finalizer.is_some()]),
            AstKind::ArrayPattern(it) => {
                self.flags(&it.elements.iter().map(Option::is_some).collect::<Vec<_>>());
            }
            AstKind::ArrayAssignmentTarget(it) => {
                self.flags(&it.elements.iter().map(Option::is_some).collect::<Vec<_>>());
            }
            AstKind::ObjectProperty(it) => {
                self.flags(&[
                    it.kind == js::PropertyKind::Get,
                    it.kind == js::PropertyKind::Set,
                    it.method,
                    it.computed,
                ]);
            }
            AstKind::BindingProperty(it) => self.flags(&[it.computed]),
            AstKind::AssignmentTargetPropertyProperty(it) => self.flags(&[it.computed]),
            _ => {}
        }
    }

    fn declarations(&mut self, kind: AstKind<'_>) {
        match kind {
            AstKind::VariableDeclaration(it) => {
                self.text(it.kind.as_str());
                self.flags(&[it.declare]);
            }
            AstKind::VariableDeclarator(it) => {
                self.flags(&[it.type_annotation.is_some(), it.init.is_some(), it.definite]);
            }
            AstKind::Function(it) => self.flags(&[
                it.r#async,
                it.generator,
                it.declare,
                it.id.is_some(),
                it.body.is_some(),
                it.type_parameters.is_some(),
                it.return_type.is_some(),
            ]),
            AstKind::ArrowFunctionExpression(it) => self.flags(&[
                it.r#async,
                matches!(it.body, js::ArrowFunctionBody::FunctionBody(_)),
                it.type_parameters.is_some(),
                it.return_type.is_some(),
            ]),
            AstKind::FormalParameter(it) => {
                self.flags(&[
                    it.optional,
                    it.readonly,
                    it.r#override,
                    it.type_annotation.is_some(),
                    it.initializer.is_some(),
                ]);
                self.text(it.accessibility.map_or("", js::TSAccessibility::as_str));
            }
            AstKind::Class(it) => self.flags(&[
                it.id.is_some(),
                it.heritage.is_some(),
                it.r#abstract,
                it.declare,
                it.type_parameters.is_some(),
            ]),
            AstKind::MethodDefinition(it) => {
                self.text(&format!("{:?}", it.kind));
                self.flags(&[it.r#static, it.computed, it.optional, it.r#override, it.r#type.is_abstract()]);
                self.text(it.accessibility.map_or("", js::TSAccessibility::as_str));
            }
            AstKind::PropertyDefinition(it) => {
                self.flags(&[
                    it.r#static,
                    it.computed,
                    it.declare,
                    it.optional,
                    it.readonly,
                    it.definite,
                    it.r#override,
                    it.r#type.is_abstract(),
                    it.value.is_some(),
                ]);
                self.text(it.accessibility.map_or("", js::TSAccessibility::as_str));
            }
            AstKind::AccessorProperty(it) => {
                self.flags(&[it.r#static, it.computed, it.value.is_some(), it.definite]);
            }
            AstKind::ImportDeclaration(it) => {
                self.flags(&[it.import_kind.is_type(), it.specifiers.is_some()]);
                self.text(it.phase.map_or("", js::ImportPhase::as_str));
            }
            AstKind::ImportSpecifier(it) => self.flags(&[it.import_kind.is_type()]),
            AstKind::ExportNamedDeclaration(it) => self.flags(&[it.export_kind.is_type()]),
            AstKind::ExportFromDeclaration(it) => self.flags(&[it.export_kind.is_type()]),
            AstKind::ExportAllDeclaration(it) => {
                self.flags(&[it.export_kind.is_type(), it.exported.is_some()]);
            }
            AstKind::ExportSpecifier(it) => self.flags(&[it.export_kind.is_type()]),
            _ => {}
        }
    }

    fn types(&mut self, kind: AstKind<'_>) {
        match kind {
            AstKind::TSEnumDeclaration(it) => self.flags(&[it.r#const, it.declare]),
            AstKind::TSNamespaceDeclaration(it) => self.flags(&[it.declare]),
            AstKind::TSImportEqualsDeclaration(it) => self.flags(&[it.import_kind.is_type()]),
            AstKind::TSTypeOperator(it) => self.text(&format!("{:?}", it.operator)),
            AstKind::TSPropertySignature(it) => self.flags(&[it.optional, it.readonly, it.computed]),
            AstKind::TSMethodSignature(it) => {
                self.text(&format!("{:?}", it.kind));
                self.flags(&[it.optional, it.computed]);
            }
            AstKind::TSIndexSignature(it) => self.flags(&[it.readonly, it.r#static]),
            AstKind::TSMappedType(it) => {
                self.text(&format!("{:?} {:?}", it.optional, it.readonly));
                self.flags(&[it.name_type.is_some(), it.type_annotation.is_some()]);
            }
            AstKind::TSNamedTupleMember(it) => self.flags(&[it.optional]),
            AstKind::TSTypePredicate(it) => self.flags(&[it.asserts]),
            AstKind::TSTypeParameter(it) => {
                self.flags(&[it.r#in, it.out, it.r#const, it.constraint.is_some(), it.default.is_some()]);
            }
            AstKind::TSTypeAliasDeclaration(it) => self.flags(&[it.declare]),
            AstKind::TSInterfaceDeclaration(it) => self.flags(&[it.declare]),
            _ => {}
        }
    }
}
