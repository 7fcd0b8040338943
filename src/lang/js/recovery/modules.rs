//! Imports and exports of a broken text.

use tree_sitter::Node as Tree;

use super::{Reader, named};
use crate::lang::js::{name, node};
use crate::words::flow::{Block, ImportedName, NodeKind};
use crate::words::span::Span;

impl Reader<'_, '_> {
    pub(super) fn import(&mut self, tree: Tree<'_>, span: Span, out: &mut Block) {
        let Some(source) = tree.child_by_field_name("source") else { return };
        let mut names = Vec::new();
        let clauses: Vec<_> =
            named(tree).into_iter().filter(|c| c.kind() == "import_clause").flat_map(named).collect();
        for clause in clauses {
            match clause.kind() {
                "identifier" => names.push(self.imported("default", clause, clause)),
                "namespace_import" => {
                    names.extend(named(clause).first().map(|local| self.imported("*", *local, clause)));
                }
                _ => {
                    for specifier in named(clause) {
                        if let Some(of) = specifier.child_by_field_name("name") {
                            let local = specifier.child_by_field_name("alias").unwrap_or(of);
                            names.push(self.imported(self.source(of), local, specifier));
                        }
                    }
                }
            }
        }
        let kind = NodeKind::Import {
            module: self.text_of(source),
            module_span: self.span(source),
            names,
            type_only: self.source(tree).starts_with("import type "),
        };
        out.push(node(kind, span));
    }

    fn imported(&self, imported: &str, local: Tree<'_>, whole: Tree<'_>) -> ImportedName {
        let imported = imported.to_owned();
        ImportedName { imported, local: self.source(local).to_owned(), span: self.span(whole) }
    }

    pub(super) fn export(&mut self, tree: Tree<'_>, span: Span, out: &mut Block) {
        if let Some(source) = tree.child_by_field_name("source") {
            let module = self.text_of(source);
            let module_span = self.span(source);
            // Which names does not matter here: all of them are let through.
            out.push(node(NodeKind::ExportFrom { module, module_span, names: None }, span));
            return;
        }
        let default = self.source(tree).starts_with("export default");
        let mut exported = Vec::new();
        if let Some(declaration) = tree.child_by_field_name("declaration") {
            let before = out.len();
            self.statement(declaration, out);
            exported.extend(out.iter().skip(before).filter_map(|node| match &node.kind {
                NodeKind::Bind { name, .. } | NodeKind::Define { name, .. } => Some(name.clone()),
                _ => None,
            }));
        } else if let Some(value) = tree.child_by_field_name("value") {
            let value = self.expression(value);
            out.push(node(NodeKind::Export { name: "default".to_owned(), value }, span));
        } else {
            for clause in named(tree) {
                for specifier in named(clause) {
                    if let Some(of) = specifier.child_by_field_name("name") {
                        let alias = specifier.child_by_field_name("alias").unwrap_or(of);
                        let value = name(self.source(of), span);
                        out.push(node(NodeKind::Export { name: self.source(alias).to_owned(), value }, span));
                    }
                }
            }
        }
        for own in exported {
            let value = name(own.clone(), span);
            let own = if default { "default".to_owned() } else { own };
            out.push(node(NodeKind::Export { name: own, value }, span));
        }
    }
}
