//! What a module takes from others, and what it hands out.

use oxc_ast::ast as js;

use super::{Lowering, member, name, node};
use crate::words::flow::{Block, Expr, ExprKind, ImportedName, NodeKind, Scope};
use crate::words::span::Span;

impl Lowering<'_> {
    /// Static imports, and what is exported from other modules: both happen before anything else.
    pub(super) fn imports(&mut self, statements: &[js::Statement<'_>], out: &mut Block) {
        for statement in statements {
            match statement {
                js::Statement::ImportDeclaration(import) => self.import(import, out),
                js::Statement::ExportFromDeclaration(export) if export.export_kind.is_value() => {
                    let specifiers = export.specifiers.iter().filter(|s| s.export_kind.is_value());
                    let names: Vec<_> = specifiers
                        .map(|specifier| ImportedName {
                            imported: exported_text(&specifier.local),
                            local: exported_text(&specifier.exported),
                            span: self.span(specifier.span),
                        })
                        .collect();
                    if names.is_empty() && !export.specifiers.is_empty() {
                        continue;
                    }
                    self.export_from(&export.source, Some(names), export.span, out);
                }
                js::Statement::ExportAllDeclaration(export) if export.export_kind.is_value() => {
                    let names = export.exported.as_ref().map(|exported| {
                        let span = self.span(export.span);
                        vec![ImportedName { imported: "*".to_owned(), local: exported_text(exported), span }]
                    });
                    self.export_from(&export.source, names, export.span, out);
                }
                _ => {}
            }
        }
    }

    fn export_from(
        &self,
        source: &js::StringLiteral<'_>,
        names: Option<Vec<ImportedName>>,
        span: oxc_span::Span,
        out: &mut Block,
    ) {
        let module_span = self.span(source.span);
        let kind = NodeKind::ExportFrom { module: source.value.to_string(), module_span, names };
        out.push(node(kind, self.span(span)));
    }

    fn import(&self, import: &js::ImportDeclaration<'_>, out: &mut Block) {
        use js::ImportDeclarationSpecifier as S;
        let mut names = Vec::new();
        let whole = import.import_kind.is_type();
        let mut left_out = false;
        for specifier in import.specifiers.iter().flatten() {
            let (imported, local, span) = match specifier {
                S::ImportSpecifier(s) => {
                    if !whole && s.import_kind.is_type() {
                        left_out = true;
                        continue;
                    }
                    (exported_text(&s.imported), &s.local, s.span)
                }
                S::ImportDefaultSpecifier(s) => ("default".to_owned(), &s.local, s.span),
                S::ImportNamespaceSpecifier(s) => ("*".to_owned(), &s.local, s.span),
            };
            names.push(ImportedName { imported, local: local.name.to_string(), span: self.span(span) });
        }
        let kind = NodeKind::Import {
            module: import.source.value.to_string(),
            module_span: self.span(import.source.span),
            // When every name is a type, compilers drop the import.
            type_only: whole || (left_out && names.is_empty()),
            names,
        };
        out.push(node(kind, self.span(import.span)));
    }

    /// `import x = require("y")`, `import x = A.B`.
    pub(super) fn import_equals(&mut self, import: &js::TSImportEqualsDeclaration<'_>, out: &mut Block) {
        if import.import_kind.is_type() {
            return;
        }
        let span = self.span(import.span);
        let value = match &import.module_reference {
            js::TSModuleReference::ExternalModuleReference(reference) => {
                let source = &reference.expression;
                let module = Expr::text(source.value.as_str(), self.span(source.span));
                Expr::new(ExprKind::Load { module, deferred: false }, span)
            }
            js::TSModuleReference::IdentifierReference(id) => name(id.name.as_str(), span),
            js::TSModuleReference::QualifiedName(qualified) => {
                let mut names = vec![qualified.right.name.as_str()];
                let mut left = &qualified.left;
                while let js::TSTypeName::QualifiedName(inner) = left {
                    names.push(inner.right.name.as_str());
                    left = &inner.left;
                }
                let root = match left {
                    js::TSTypeName::IdentifierReference(id) => id.name.as_str(),
                    _ => "this",
                };
                names.into_iter().rev().fold(name(root, span), |of, part| member(of, part, span))
            }
        };
        let bound = import.id.name.to_string();
        let kind = NodeKind::Bind { name: bound, value: Some(value), scope: Scope::Block, type_name: None };
        out.push(node(kind, span));
    }

    pub(super) fn module_declaration(&mut self, module: &js::ModuleDeclaration<'_>, out: &mut Block) {
        use js::ModuleDeclaration as M;
        match module {
            M::ExportDeclaration(export) => self.export_declaration(export, out),
            M::ExportNamedDeclaration(export) if export.export_kind.is_value() => {
                for specifier in export.specifiers.iter().filter(|s| s.export_kind.is_value()) {
                    let span = self.span(specifier.span);
                    let value = name(exported_text(&specifier.local), span);
                    self.export(exported_text(&specifier.exported), value, span, out);
                }
            }
            M::ExportDefaultDeclaration(export) => self.export_default(export, out),
            M::TSExportAssignment(export) => {
                let span = self.span(export.span);
                let value = self.expression(&export.expression);
                out.push(node(NodeKind::Export { name: "*".to_owned(), value }, span));
            }
            // Imports and exports from elsewhere stand first already; the rest are types.
            _ => {}
        }
    }

    fn export_declaration(&mut self, export: &js::ExportDeclaration<'_>, out: &mut Block) {
        use js::Declaration as D;
        let span = self.span(export.span);
        let before = out.len();
        self.declaration(&export.declaration, out);
        let names: Vec<String> = match &export.declaration {
            D::FunctionDeclaration(f) if f.body.is_some() && !f.declare => {
                f.id.iter().map(|id| id.name.to_string()).collect()
            }
            D::ClassDeclaration(class) if !class.declare => {
                class.id.iter().map(|id| id.name.to_string()).collect()
            }
            // The names are those that were bound just now; fresh ones are nobody's.
            D::VariableDeclaration(_)
            | D::TSEnumDeclaration(_)
            | D::TSNamespaceDeclaration(_)
            | D::TSImportEqualsDeclaration(_) => out
                .iter()
                .skip(before)
                .filter_map(|node| match &node.kind {
                    NodeKind::Bind { name, .. } if !name.starts_with('%') => Some(name.clone()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        for exported in names {
            let value = name(exported.clone(), span);
            self.export(exported, value, span, out);
        }
    }

    fn export(&self, exported: String, value: Expr, span: Span, out: &mut Block) {
        let kind = match &self.namespace {
            Some(namespace) => {
                let target = member(name(namespace.clone(), span), exported, span);
                NodeKind::Assign { target, value }
            }
            None => NodeKind::Export { name: exported, value },
        };
        out.push(node(kind, span));
    }

    fn export_default(&mut self, export: &js::ExportDefaultDeclaration<'_>, out: &mut Block) {
        use js::ExportDefaultDeclarationKind as K;
        let span = self.span(export.span);
        let value = match &export.declaration {
            K::FunctionDeclaration(function) => {
                if function.body.is_none() {
                    return;
                }
                match &function.id {
                    Some(id) => name(id.name.as_str(), span),
                    None => self.function(function, Some("default")),
                }
            }
            K::ClassDeclaration(class) => {
                let value = self.class(class, Some("default"));
                match &class.id {
                    Some(id) => {
                        let define = NodeKind::Define { name: id.name.to_string(), value };
                        out.push(node(define, self.span(class.span)));
                        name(id.name.as_str(), span)
                    }
                    None => value,
                }
            }
            K::TSInterfaceDeclaration(_) => return,
            other => match other.as_expression() {
                Some(e) => self.named(e, Some("default")),
                None => return,
            },
        };
        out.push(node(NodeKind::Export { name: "default".to_owned(), value }, span));
    }
}

pub(super) fn exported_text(of: &js::ModuleExportName<'_>) -> String {
    match of {
        js::ModuleExportName::IdentifierName(id) => id.name.to_string(),
        js::ModuleExportName::IdentifierReference(id) => id.name.to_string(),
        js::ModuleExportName::StringLiteral(text) => text.value.to_string(),
    }
}

/// What an assignment makes visible to importers: `module.exports = …` is `*`, `exports.x = …`
/// and `module.exports.x = …` are `x`.
pub(super) fn exported_name(target: &js::AssignmentTarget<'_>) -> Option<String> {
    let (object, property) = object_and_property(target.as_simple_assignment_target()?)?;
    if is_exports(object) {
        return Some(property.to_owned());
    }
    let is_module = matches!(object, js::Expression::Identifier(id) if id.name == "module");
    (is_module && property == "exports").then(|| "*".to_owned())
}

fn object_and_property<'t, 'a>(
    target: &'t js::SimpleAssignmentTarget<'a>,
) -> Option<(&'t js::Expression<'a>, &'t str)> {
    match target {
        js::SimpleAssignmentTarget::StaticMemberExpression(e) => Some((&e.object, e.property.name.as_str())),
        js::SimpleAssignmentTarget::ComputedMemberExpression(e) => match &e.expression {
            js::Expression::StringLiteral(text) => Some((&e.object, text.value.as_str())),
            _ => None,
        },
        _ => None,
    }
}

fn is_exports(object: &js::Expression<'_>) -> bool {
    match object {
        js::Expression::Identifier(id) => id.name == "exports",
        js::Expression::StaticMemberExpression(e) => {
            e.property.name == "exports"
                && matches!(&e.object, js::Expression::Identifier(id) if id.name == "module")
        }
        _ => false,
    }
}

/// What a function is called that is assigned here.
pub(super) fn target_name(target: &js::AssignmentTarget<'_>) -> Option<String> {
    let simple = target.as_simple_assignment_target()?;
    if let js::SimpleAssignmentTarget::AssignmentTargetIdentifier(id) = simple {
        return Some(id.name.to_string());
    }
    object_and_property(simple).map(|(_, property)| property.to_owned()).filter(|name| name != "exports")
}
