//! The names of types in a file, and what they stand for: aliases, interfaces, what comes from other
//! modules for annotations alone. Types do nothing when a program runs; what a parameter is, they tell.

use oxc_ast::ast as js;

use super::functions::named;
use crate::words::flow::{TypeName, TypeOrigin};

/// Types that are what their first argument is, as far as a client is concerned.
const WRAPPERS: [&str; 9] =
    ["Awaited", "Promise", "Omit", "Pick", "Partial", "Readonly", "Required", "NonNullable", "Extract"];

pub(super) fn of(program: &js::Program<'_>) -> Vec<TypeName> {
    let mut out = Vec::new();
    for statement in &program.body {
        match statement {
            js::Statement::TSTypeAliasDeclaration(alias) => alias_of(alias, &mut out),
            js::Statement::TSInterfaceDeclaration(interface) => interface_of(interface, &mut out),
            js::Statement::ExportDeclaration(export) => match &export.declaration {
                js::Declaration::TSTypeAliasDeclaration(alias) => alias_of(alias, &mut out),
                js::Declaration::TSInterfaceDeclaration(interface) => interface_of(interface, &mut out),
                _ => {}
            },
            js::Statement::ImportDeclaration(import) => imported(import, &mut out),
            js::Statement::ExportFromDeclaration(export) => {
                for specifier in &export.specifiers {
                    let name = super::modules::exported_text(&specifier.exported);
                    let there = super::modules::exported_text(&specifier.local);
                    let module = export.source.value.to_string();
                    out.push(TypeName { name, of: TypeOrigin::Module { module, name: there } });
                }
            }
            js::Statement::ExportAllDeclaration(export) if export.exported.is_none() => {
                let module = export.source.value.to_string();
                let of = TypeOrigin::Module { module, name: "*".to_owned() };
                out.push(TypeName { name: "*".to_owned(), of });
            }
            _ => {}
        }
    }
    out
}

fn alias_of(alias: &js::TSTypeAliasDeclaration<'_>, out: &mut Vec<TypeName>) {
    if let Some(of) = origin(&alias.type_annotation) {
        out.push(TypeName { name: alias.id.name.to_string(), of });
    }
}

fn interface_of(interface: &js::TSInterfaceDeclaration<'_>, out: &mut Vec<TypeName>) {
    let above = interface.extends.iter().find_map(|heritage| named(&heritage.type_name));
    if let Some(above) = above {
        out.push(TypeName { name: interface.id.name.to_string(), of: TypeOrigin::Name(above) });
    }
}

fn imported(import: &js::ImportDeclaration<'_>, out: &mut Vec<TypeName>) {
    use js::ImportDeclarationSpecifier as S;
    for specifier in import.specifiers.iter().flatten() {
        let (name, there) = match specifier {
            S::ImportSpecifier(s) => (&s.local.name, super::modules::exported_text(&s.imported)),
            S::ImportDefaultSpecifier(s) => (&s.local.name, "default".to_owned()),
            S::ImportNamespaceSpecifier(s) => (&s.local.name, "*".to_owned()),
        };
        let of = TypeOrigin::Module { module: import.source.value.to_string(), name: there };
        out.push(TypeName { name: name.to_string(), of });
    }
}

/// What an alias stands for, where that is a name: of a type, of a value, of what a function gives.
fn origin(of: &js::TSType<'_>) -> Option<TypeOrigin> {
    match of {
        js::TSType::TSTypeQuery(query) => value_of(query).map(TypeOrigin::Value),
        js::TSType::TSParenthesizedType(inner) => origin(&inner.type_annotation),
        js::TSType::TSUnionType(union) => union.types.iter().find_map(origin),
        js::TSType::TSIntersectionType(both) => both.types.iter().find_map(origin),
        js::TSType::TSTypeReference(reference) => {
            let name = named(&reference.type_name)?;
            let first = reference.type_arguments.as_ref().and_then(|of| of.params.first());
            match (name.as_str(), first) {
                ("ReturnType" | "InstanceType", Some(js::TSType::TSTypeQuery(query))) => {
                    value_of(query).map(TypeOrigin::Result)
                }
                (wrapper, Some(first)) if WRAPPERS.contains(&wrapper) => origin(first),
                _ => Some(TypeOrigin::Name(name)),
            }
        }
        other => super::functions::last_name(other).map(TypeOrigin::Name),
    }
}

fn value_of(query: &js::TSTypeQuery<'_>) -> Option<String> {
    match &query.expr_name {
        js::TSTypeQueryExprName::IdentifierReference(id) => Some(id.name.to_string()),
        _ => None,
    }
}
