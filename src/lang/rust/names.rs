//! What a name or a path means: a local variable, an item of the file, something of another module.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lowering, inner, member, name};
use crate::words::flow::{Expr, ExprKind};
use crate::words::span::Span;

/// What a path begins with that starts at a file, given as `#[path]` does.
const PLACED: &str = "file=";

#[derive(Debug, Default)]
pub(super) struct Names {
    /// Variables and parameters, the innermost scope last.
    locals: Vec<BTreeSet<String>>,
    /// `use a::b as c`: what a name stands for.
    uses: BTreeMap<String, Vec<String>>,
    /// `struct Tool;`: its name is a value of it.
    pub(super) units: BTreeSet<String>,
    /// Functions, types, constants and inline modules of the file.
    pub(super) items: BTreeSet<String>,
    /// `use a::b::*`: where else a name may come from.
    globs: Vec<Vec<String>>,
    /// `#[path = "y.rs"] mod x;`: the file, seen from the root.
    pub(super) placed: BTreeMap<String, String>,
    /// `mod x;`: files of their own.
    pub(super) files: BTreeSet<String>,
}

/// What every file has without a word.
const KNOWN: [&str; 31] = [
    "std", "core", "alloc", "crate", "self", "super", "Self", "String", "Vec", "Box", "Option", "Result",
    "Some", "None", "Ok", "Err", "Default", "Into", "From", "Iterator", "ToString", "Rc", "Arc", "HashMap",
    "BTreeMap", "HashSet", "i32", "i64", "u32", "u64", "usize",
];

impl Names {
    pub(super) fn enter(&mut self) {
        self.locals.push(BTreeSet::new());
    }

    pub(super) fn leave(&mut self) {
        self.locals.pop();
    }

    pub(super) fn local(&mut self, name: &str) {
        if let Some(scope) = self.locals.last_mut() {
            scope.insert(name.to_owned());
        }
    }

    pub(super) fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|scope| scope.contains(name))
    }

    pub(super) fn is_unit(&self, name: &syn::Ident) -> bool {
        !self.units.is_empty() && {
            let name = name.to_string();
            self.units.contains(&name) && !self.is_local(&name)
        }
    }

    pub(super) fn import(&mut self, tree: &syn::UseTree, front: &[String]) {
        let with = |last: &syn::Ident| {
            let mut path = front.to_vec();
            path.push(last.to_string());
            path
        };
        match tree {
            syn::UseTree::Path(path) => {
                let next = with(&path.ident);
                // The parser of such a tree has a bound of its own: no person nests this deep.
                if next.len() < 40 {
                    self.import(&path.tree, &next);
                }
            }
            syn::UseTree::Name(last) if last.ident == "self" => {
                if let Some(own) = front.last() {
                    self.uses.insert(own.clone(), front.to_vec());
                }
            }
            syn::UseTree::Name(last) => {
                self.uses.insert(last.ident.to_string(), with(&last.ident));
            }
            syn::UseTree::Rename(last) => {
                let path = if last.ident == "self" { front.to_vec() } else { with(&last.ident) };
                self.uses.insert(last.rename.to_string(), path);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.import(item, front)),
            syn::UseTree::Glob(_) => {
                let path = self.expand(front);
                if let [.., table, last] = path.as_slice()
                    && last == "dsl"
                {
                    // Diesel's: the table itself, and its columns.
                    let table = vec![table.clone(), "table".to_owned()];
                    self.uses.insert(table[0].clone(), table);
                } else if !path.is_empty() && !self.globs.contains(&path) && self.globs.len() < 16 {
                    self.globs.push(path);
                }
            }
        }
    }

    /// Where a name may come from that no other line brings.
    fn by_globs(&self, path: &[String]) -> Vec<String> {
        let Some(first) = path.first() else { return Vec::new() };
        let known = self.items.contains(first)
            || self.files.contains(first)
            || self.uses.contains_key(first)
            || KNOWN.contains(&first.as_str());
        if known {
            return Vec::new();
        }
        self.globs.iter().map(|glob| format!("{}::{}", glob.join("::"), path.join("::"))).collect()
    }

    /// A path with `use` taken back, so that it starts at a crate or at this file.
    pub(super) fn expand(&self, path: &[String]) -> Vec<String> {
        let mut path = path.to_vec();
        for _ in 0..4 {
            let Some(first) = path.first() else { break };
            let Some(used) = self.uses.get(first) else { break };
            if used.first() == Some(first) && used.len() == 1 || self.items.contains(first) {
                break;
            }
            let same = used.first() == Some(first);
            path = used.iter().cloned().chain(path.iter().skip(1).cloned()).collect();
            if same {
                break;
            }
        }
        path
    }
}

impl Lowering<'_> {
    pub(super) fn path(&self, path: &syn::Path, span: Span) -> Expr {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.named_path(&segments, span)
    }

    /// The whole path as one text, `use` taken back: `std::env::var`.
    pub(super) fn full(&self, path: &syn::Path) -> String {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        if segments.len() == 1 && self.names.is_local(&segments[0]) {
            return String::new();
        }
        self.names.expand(&segments).join("::")
    }

    pub(super) fn named_path(&self, written: &[String], span: Span) -> Expr {
        let Some(first) = written.first() else { return name("", span) };
        if written.len() == 1 {
            if first == "self" {
                return name("this", span);
            }
            if self.names.is_local(first) {
                return name(first.clone(), span);
            }
            if first == "None" {
                return Expr::new(ExprKind::Undefined, span);
            }
        }
        let mut path = self.names.expand(written);
        if path.first().is_some_and(|first| first == "Self")
            && let Some(own) = &self.own_type
        {
            path[0].clone_from(own);
        }
        if path.len() > 1 && path.last().is_some_and(|last| last == "table") {
            let table = Expr::text(path[path.len() - 2].clone(), span);
            return inner("table", vec![table], span);
        }
        let first = path[0].clone();
        let elsewhere = if path == written { self.names.by_globs(&path) } else { Vec::new() };
        if !elsewhere.is_empty() {
            let mut all: Vec<Expr> = elsewhere.iter().map(|path| load(path, span)).collect();
            all.push(if path.len() > 1 { load(&path.join("::"), span) } else { name(first, span) });
            return inner("either", all, span);
        }
        let members =
            |root: Expr, rest: &[String]| rest.iter().fold(root, |of, part| member(of, part.clone(), span));
        match first.as_str() {
            "std" | "core" | "alloc" => members(name("std", span), &path[1..]),
            "crate" | "self" | "super" if path.len() > 1 => load(&path.join("::"), span),
            _ if self.names.items.contains(&first) => members(name(first, span), &path[1..]),
            _ if self.names.placed.contains_key(&first) => {
                let file = self.names.placed.get(&first).map_or("", String::as_str);
                load(&format!("{PLACED}{file}::{}", path[1..].join("::")), span)
            }
            _ if self.names.files.contains(&first) => load(&format!("self::{}", path.join("::")), span),
            _ if path.len() > 1 => load(&path.join("::"), span),
            _ => name(first, span),
        }
    }
}

fn load(path: &str, span: Span) -> Expr {
    let module = Expr::text(format!("rust:{path}"), span);
    Expr::new(ExprKind::Load { module, deferred: false }, span)
}
