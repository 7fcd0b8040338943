//! Functions, types with their methods, constants and modules, and the program's `main`.

use super::{Gives, Lowering, bind, call, eval, inner, name, node};
use crate::words::flow::{
    Block, Class, Expr, ExprKind, Function, FunctionId, Member, MemberValue, NodeKind, Param,
};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn file(&mut self, file: &syn::File) -> Block {
        self.declare(&file.items);
        let mut out = Block::new();
        self.items(&file.items, "", &mut out);
        let main = file.items.iter().find_map(|item| match item {
            syn::Item::Fn(function) if function.sig.ident == "main" => Some(function),
            _ => None,
        });
        if let Some(main) = main {
            let span = self.of(&main.sig);
            let started = call(name("main", span), Vec::new(), span);
            let started = inner("raise", vec![inner("drive", vec![started], span)], span);
            let kind = NodeKind::Branch {
                test: name("%main", span),
                then: vec![eval(started)],
                other: Block::new(),
            };
            out.push(node(kind, span));
        }
        out
    }

    /// Names are there before anything that uses them.
    pub(super) fn declare(&mut self, items: &[syn::Item]) {
        for item in items {
            let named = match item {
                syn::Item::Fn(item) => &item.sig.ident,
                syn::Item::Struct(item) => &item.ident,
                syn::Item::Enum(item) => &item.ident,
                syn::Item::Const(item) => &item.ident,
                syn::Item::Static(item) => &item.ident,
                syn::Item::Mod(item) => {
                    if item.content.is_some() {
                        &item.ident
                    } else {
                        if let Some(file) = path_of(&item.attrs) {
                            let file = crate::lang::joined(&crate::lang::folder_of(self.path), &file);
                            self.names.placed.insert(item.ident.to_string(), file);
                        }
                        self.names.files.insert(item.ident.to_string());
                        continue;
                    }
                }
                syn::Item::Use(item) => {
                    self.names.import(&item.tree, &[]);
                    continue;
                }
                syn::Item::Macro(syn::ItemMacro { ident: Some(ident), .. }) => {
                    self.names.items.insert(format!("{ident}!"));
                    continue;
                }
                _ => continue,
            };
            self.names.items.insert(named.to_string());
        }
        for item in items {
            match item {
                syn::Item::Fn(item) => self.makes_command(&item.sig),
                syn::Item::Struct(item) if matches!(item.fields, syn::Fields::Unit) => {
                    self.names.units.insert(item.ident.to_string());
                }
                syn::Item::Impl(item) => {
                    for inside in &item.items {
                        if let syn::ImplItem::Fn(method) = inside {
                            self.makes_command(&method.sig);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    pub(super) fn items(&mut self, items: &[syn::Item], prefix: &str, out: &mut Block) {
        let several = several_builds(items);
        for item in items {
            if is_test(attributes(item)) {
                continue;
            }
            if let syn::Item::Fn(function) = item
                && several.contains(&function.sig.ident.to_string())
            {
                continue;
            }
            self.item(item, prefix, items, out);
        }
        for own in several {
            self.one_of(&own, items, prefix, out);
        }
    }

    /// Functions of one name, of which the build takes one: a function that calls any of them.
    fn one_of(&mut self, own: &str, items: &[syn::Item], prefix: &str, out: &mut Block) {
        let mut body = Block::new();
        let mut params: Option<Vec<Param>> = None;
        let mut place = Span::default();
        for item in items {
            let syn::Item::Fn(function) = item else { continue };
            if function.sig.ident != own || is_test(&function.attrs) {
                continue;
            }
            let span = self.of(item);
            place = span;
            let id = self.function(&function.sig, &function.block, own, span);
            let given = params.get_or_insert_with(|| {
                (0..function.sig.inputs.len())
                    .map(|at| Param { name: format!("%p{at}"), type_name: None, default: None, rest: false })
                    .collect()
            });
            let args = given.iter().map(|param| name(param.name.clone(), span)).collect();
            let done = call(Expr::new(ExprKind::Function(id), span), args, span);
            let then = vec![node(NodeKind::Return(Some(done)), span)];
            body.push(node(NodeKind::Branch { test: name("%built", span), then, other: Block::new() }, span));
        }
        // One of them is there for sure: the last one needs no test.
        if let Some(crate::words::flow::Node { kind: NodeKind::Branch { then, .. }, .. }) = body.pop() {
            body.extend(then);
        }
        let id = self.add_function(Function {
            name: Some(own.to_owned()),
            params: params.unwrap_or_default(),
            body,
            is_async: false,
            is_generator: false,
            lexical_this: false,
            span: place,
        });
        let value = Expr::new(ExprKind::Function(id), place);
        out.push(node(NodeKind::Define { name: own.to_owned(), value }, place));
        Self::export(prefix, own, place, out);
    }

    fn item(&mut self, item: &syn::Item, prefix: &str, beside: &[syn::Item], out: &mut Block) {
        let span = self.of(item);
        match item {
            syn::Item::Fn(function) => {
                let own = function.sig.ident.to_string();
                let id = self.function(&function.sig, &function.block, &own, span);
                let value = Expr::new(ExprKind::Function(id), span);
                out.push(node(NodeKind::Define { name: own.clone(), value }, span));
                Self::export(prefix, &own, span, out);
            }
            syn::Item::Struct(item) => {
                self.class(&item.ident, Vec::new(), prefix, beside, span, out);
                self.entity(item, prefix, span, out);
            }
            syn::Item::Macro(item) if item.mac.path.is_ident("macro_rules") => {
                self.own_macro(item, span, out);
            }
            syn::Item::Enum(item) => {
                let variants = item
                    .variants
                    .iter()
                    .filter(|variant| matches!(variant.fields, syn::Fields::Unit))
                    .map(|variant| {
                        let text = format!("{}::{}", item.ident, variant.ident);
                        let value = MemberValue::Field(Some(Expr::text(text, span)));
                        let name = variant.ident.to_string();
                        Member { name, is_static: true, value, type_name: None, decorators: Vec::new() }
                    })
                    .collect();
                self.class(&item.ident, variants, prefix, beside, span, out);
            }
            syn::Item::Const(item) => self.constant(&item.ident, &item.expr, prefix, span, out),
            syn::Item::Static(item) => self.constant(&item.ident, &item.expr, prefix, span, out),
            syn::Item::Mod(module) => {
                if let Some((_, items)) = &module.content {
                    let done = self.deeper(span, |l| {
                        l.declare(items);
                        l.items(items, &format!("{prefix}{}::", module.ident), out);
                    });
                    if done.is_none() {
                        out.push(node(NodeKind::Opaque(Vec::new()), span));
                    }
                }
            }
            syn::Item::Use(item) if !matches!(item.vis, syn::Visibility::Inherited) => {
                self.passed_on(&item.tree, &[], span, out);
            }
            syn::Item::Impl(item) => {
                // Methods of a type that stands elsewhere: nobody finds them, but what they do counts.
                let stands = self_type(item).is_some_and(|own| self.names.items.contains(&own));
                if !stands {
                    self.methods(item, &mut Vec::new());
                }
            }
            _ => {}
        }
    }

    /// `pub use a::b;`
    fn passed_on(&mut self, tree: &syn::UseTree, front: &[String], span: Span, out: &mut Block) {
        match tree {
            syn::UseTree::Path(path) if front.len() < 40 => {
                let mut next = front.to_vec();
                next.push(path.ident.to_string());
                self.passed_on(&path.tree, &next, span, out);
            }
            syn::UseTree::Group(group) => {
                group.items.iter().for_each(|item| self.passed_on(item, front, span, out));
            }
            syn::UseTree::Name(last) if last.ident != "self" => {
                let own = last.ident.to_string();
                let value = self.named_path(std::slice::from_ref(&own), span);
                out.push(node(NodeKind::Export { name: own, value }, span));
            }
            syn::UseTree::Rename(last) => {
                let own = last.rename.to_string();
                let value = self.named_path(std::slice::from_ref(&own), span);
                out.push(node(NodeKind::Export { name: own, value }, span));
            }
            syn::UseTree::Glob(_) => {
                let path = front.join("::");
                let own = front.first().is_some_and(|f| self.names.files.contains(f));
                let module = if own { format!("rust:self::{path}") } else { format!("rust:{path}") };
                out.push(node(NodeKind::ExportFrom { module, module_span: span, names: None }, span));
            }
            _ => {}
        }
    }

    fn export(prefix: &str, own: &str, span: Span, out: &mut Block) {
        let value = name(own, span);
        out.push(node(NodeKind::Export { name: format!("{prefix}{own}"), value }, span));
    }

    fn constant(&mut self, ident: &syn::Ident, value: &syn::Expr, prefix: &str, span: Span, out: &mut Block) {
        let value = self.expression(value, out);
        out.push(bind(&ident.to_string(), Some(value), span));
        Self::export(prefix, &ident.to_string(), span, out);
    }

    fn class(
        &mut self,
        ident: &syn::Ident,
        mut members: Vec<Member>,
        prefix: &str,
        beside: &[syn::Item],
        span: Span,
        out: &mut Block,
    ) {
        let own = ident.to_string();
        for item in beside {
            if let syn::Item::Impl(item) = item
                && self_type(item).is_some_and(|name| name == own)
                && !is_test(&item.attrs)
            {
                self.methods(item, &mut members);
            }
        }
        let methods: Vec<(String, FunctionId)> = members
            .iter()
            .filter_map(|m| match m.value {
                MemberValue::Method(id) => Some((m.name.clone(), id)),
                _ => None,
            })
            .collect();
        let class = Class {
            name: Some(own.clone()),
            base: None,
            decorators: Vec::new(),
            constructor: None,
            members,
            on_define: Block::new(),
            span,
        };
        let id = self.add_class(class);
        let value = Expr::new(ExprKind::Class(id), span);
        out.push(node(NodeKind::Define { name: own.clone(), value }, span));
        Self::export(prefix, &own, span, out);
        for (method, id) in methods {
            let value = Expr::new(ExprKind::Function(id), span);
            out.push(node(NodeKind::Export { name: format!("{own}::{method}"), value }, span));
        }
    }

    fn methods(&mut self, item: &syn::ItemImpl, members: &mut Vec<Member>) {
        let own = self_type(item).unwrap_or_default();
        let outer = self.own_type.replace(own.clone());
        for inside in &item.items {
            let syn::ImplItem::Fn(method) = inside else { continue };
            if is_test(&method.attrs) {
                continue;
            }
            let span = self.of(method);
            let name = method.sig.ident.to_string();
            let id = self.function(&method.sig, &method.block, &format!("{own}::{name}"), span);
            members.push(Member {
                name,
                is_static: method.sig.receiver().is_none(),
                value: MemberValue::Method(id),
                type_name: None,
                decorators: Vec::new(),
            });
        }
        self.own_type = outer;
    }

    pub(super) fn function(
        &mut self,
        sig: &syn::Signature,
        block: &syn::Block,
        own: &str,
        span: Span,
    ) -> FunctionId {
        self.names.enter();
        let mut body = Block::new();
        let mut params = Vec::new();
        for input in &sig.inputs {
            let syn::FnArg::Typed(typed) = input else { continue };
            let name = if let syn::Pat::Ident(pat) = &*typed.pat {
                pat.ident.to_string()
            } else {
                let fresh = self.fresh();
                let from = name(fresh.clone(), self.of(typed));
                self.bind_pattern(&typed.pat, &from, &mut body);
                fresh
            };
            let holds = self.is_command_type(&typed.ty);
            self.names.local(&name);
            self.binds_command(&name, holds);
            params.push(Param { name, type_name: type_name(&typed.ty), default: None, rest: false });
        }
        let gives = match &sig.output {
            syn::ReturnType::Default => Gives::Nothing,
            syn::ReturnType::Type(_, ty) => gives_of(ty),
        };
        let outer = std::mem::replace(&mut self.gives, gives);
        if sig.asyncness.is_some() {
            body.push(started(span));
        }
        self.body(&block.stmts, &mut body);
        self.gives = outer;
        self.names.leave();
        self.add_function(Function {
            name: Some(own.to_owned()),
            params,
            body,
            is_async: sig.asyncness.is_some() || gives == Gives::Outcome,
            is_generator: false,
            lexical_this: false,
            span,
        })
    }
}

/// The first statement of what is `async`: nothing of it happens before somebody waits for it.
pub(super) fn started(span: Span) -> crate::words::flow::Node {
    eval(Expr::new(ExprKind::Await(Expr::new(ExprKind::Undefined, span)), span))
}

pub(super) fn gives_of(ty: &syn::Type) -> Gives {
    match ty {
        syn::Type::Tuple(tuple) if tuple.elems.is_empty() => Gives::Nothing,
        syn::Type::Never(_) => Gives::Nothing,
        syn::Type::Path(path)
            if path.path.segments.last().is_some_and(|s| s.ident.to_string().ends_with("Result")) =>
        {
            Gives::Outcome
        }
        _ => Gives::Value,
    }
}

/// The last name of a type, through references and the usual wrappers.
pub(super) fn type_name(ty: &syn::Type) -> Option<String> {
    let mut ty = ty;
    for _ in 0..8 {
        match ty {
            syn::Type::Reference(inner) => ty = &inner.elem,
            syn::Type::Paren(inner) => ty = &inner.elem,
            syn::Type::Path(path) => {
                let last = path.path.segments.last()?;
                let inner = match &last.arguments {
                    syn::PathArguments::AngleBracketed(args) => args.args.iter().find_map(|a| match a {
                        syn::GenericArgument::Type(ty) => Some(ty),
                        _ => None,
                    }),
                    _ => None,
                };
                let name = last.ident.to_string();
                let wraps = matches!(
                    name.as_str(),
                    "Arc" | "Rc" | "Box" | "Option" | "Result" | "Mutex" | "RwLock" | "State" | "Data"
                );
                match inner {
                    Some(inner) if wraps => ty = inner,
                    _ => return Some(format!("rust:{name}")),
                }
            }
            _ => return None,
        }
    }
    None
}

/// Names that more than one function has, of which `#[cfg(…)]` takes one.
fn several_builds(items: &[syn::Item]) -> std::collections::BTreeSet<String> {
    let mut seen = std::collections::BTreeMap::new();
    for item in items {
        if let syn::Item::Fn(function) = item
            && is_conditional(&function.attrs)
            && !is_test(&function.attrs)
        {
            *seen.entry(function.sig.ident.to_string()).or_insert(0) += 1;
        }
    }
    seen.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect()
}

/// `#[path = "x.rs"] mod x;`
fn path_of(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find(|a| a.path().is_ident("path")).and_then(|a| match &a.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            value: syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }),
            ..
        }) => Some(text.value()),
        _ => None,
    })
}

fn self_type(item: &syn::ItemImpl) -> Option<String> {
    match &*item.self_ty {
        syn::Type::Path(path) => path.path.segments.last().map(|s| s.ident.to_string()),
        _ => None,
    }
}

fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`, `#[test]`, `#[tokio::test]`, `#[bench]`: what only a test run compiles.
pub(super) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        if path.is_ident("cfg") {
            return attribute.parse_args::<syn::Path>().is_ok_and(|only| only.is_ident("test"));
        }
        path.segments.last().is_some_and(|last| last.ident == "test" || last.ident == "bench")
    })
}

/// `#[cfg(feature = "x")]`, `#[cfg(debug_assertions)]`: whether it is there, the build decides.
pub(super) fn is_conditional(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident("cfg"))
}
