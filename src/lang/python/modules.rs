//! Imports. Module names carry the dialect (`python:os`), since other languages have the same.

use std::collections::BTreeSet;

use ruff_python_ast as py;
use ruff_text_size::Ranged;

use super::{Lowering, node};
use crate::words::flow::{Block, ImportedName, NodeKind};
use crate::words::span::Span;

/// Gathers the dotted names that `import a.b.c` binds, wherever it stands.
pub(super) fn dotted(body: &[py::Stmt], out: &mut BTreeSet<String>, depth: usize) {
    if depth > 60 {
        return;
    }
    for statement in body {
        match statement {
            py::Stmt::Import(import) => {
                let plain = import.names.iter().filter(|n| n.asname.is_none() && n.name.id.contains('.'));
                out.extend(plain.map(|n| n.name.id.to_string()));
            }
            py::Stmt::FunctionDef(s) => dotted(&s.body, out, depth + 1),
            py::Stmt::ClassDef(s) => dotted(&s.body, out, depth + 1),
            py::Stmt::If(s) => {
                dotted(&s.body, out, depth + 1);
                s.elif_else_clauses.iter().for_each(|clause| dotted(&clause.body, out, depth + 1));
            }
            py::Stmt::Try(s) => {
                dotted(&s.body, out, depth + 1);
                for py::ExceptHandler::ExceptHandler(handler) in &s.handlers {
                    dotted(&handler.body, out, depth + 1);
                }
            }
            py::Stmt::With(s) => dotted(&s.body, out, depth + 1),
            _ => {}
        }
    }
}

/// The text imports `TYPE_CHECKING` from `typing`, and gives that name to nothing else.
pub(super) fn has_type_checking(body: &[py::Stmt]) -> bool {
    const NAME: &str = "TYPE_CHECKING";
    let imports = body.iter().any(|statement| match statement {
        py::Stmt::ImportFrom(s) => {
            let module = s.module.as_ref().map_or("", |module| module.id.as_str());
            matches!(module, "typing" | "typing_extensions")
                && s.names.iter().any(|n| n.name.id == NAME && n.asname.is_none())
        }
        _ => false,
    });
    let sets = body.iter().any(|statement| match statement {
        py::Stmt::Assign(s) => s.targets.iter().any(|t| matches!(t, py::Expr::Name(n) if n.id == NAME)),
        py::Stmt::AnnAssign(s) => matches!(&*s.target, py::Expr::Name(n) if n.id == NAME),
        _ => false,
    });
    imports && !sets
}

fn imported(module: String, imported: &str, local: &str, span: Span) -> NodeKind {
    let names = vec![ImportedName { imported: imported.to_owned(), local: local.to_owned(), span }];
    NodeKind::Import { module, module_span: span, names, type_only: false }
}

impl Lowering<'_> {
    pub(super) fn import(&mut self, import: &py::StmtImport, out: &mut Block) {
        for alias in &import.names {
            let span = self.span(alias.range());
            let written = alias.name.id.as_str();
            let module = format!("python:{written}");
            if let Some(local) = &alias.asname {
                out.push(node(imported(module, "*", local.id.as_str(), span), span));
                continue;
            }
            if let Some((root, _)) = written.split_once('.') {
                out.push(node(imported(format!("python:{root}"), "*", root, span), span));
            }
            out.push(node(imported(module, "*", written, span), span));
        }
    }

    pub(super) fn import_from(&mut self, import: &py::StmtImportFrom, out: &mut Block) {
        let span = self.span(import.range());
        let dots = ".".repeat(import.level.min(32) as usize);
        let written = import.module.as_ref().map_or("", |module| module.id.as_str());
        if written == "__future__" {
            return;
        }
        let module = format!("python:{dots}{written}");
        let names = import
            .names
            .iter()
            .map(|alias| ImportedName {
                imported: alias.name.id.to_string(),
                local: alias.asname.as_ref().unwrap_or(&alias.name).id.to_string(),
                span: self.span(alias.range()),
            })
            .collect();
        let kind = NodeKind::Import { module, module_span: span, names, type_only: false };
        out.push(node(kind, span));
    }
}
