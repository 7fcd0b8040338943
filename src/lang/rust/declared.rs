//! What macros declare: tables and entities of ORMs, and functions that a file writes as macros.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};

use super::{Gives, Lowering, call, eval, inner, name, node, opaque};
use crate::words::flow::{Block, Expr, ExprKind, Function, NodeKind, Param};
use crate::words::span::Span;

/// Methods through which a database is changed: a macro that cannot be read and names one of them
/// may do so.
const TELLING: [&str; 8] =
    ["execute", "query", "sql_query", "batch_execute", "exec_drop", "query_drop", "delete_many", "raw_sql"];

impl Lowering<'_> {
    /// `#[derive(DeriveEntityModel)] #[sea_orm(table_name = "users")] struct Model` makes the types
    /// `Entity` and `ActiveModel` beside it.
    pub(super) fn entity(&mut self, item: &syn::ItemStruct, prefix: &str, span: Span, out: &mut Block) {
        let derives = item.attrs.iter().any(|attribute| {
            attribute.path().is_ident("derive")
                && attribute.meta.require_list().is_ok_and(|list| {
                    list.tokens.to_string().split([',', ' ', ':']).any(|word| word == "DeriveEntityModel")
                })
        });
        if !derives {
            return;
        }
        let mut table = None;
        for attribute in item.attrs.iter().filter(|a| a.path().is_ident("sea_orm")) {
            let _ = attribute.parse_nested_meta(|meta| {
                let value = meta.value().and_then(syn::parse::ParseBuffer::parse::<syn::LitStr>);
                if let (true, Ok(text)) = (meta.path.is_ident("table_name"), value) {
                    table = Some(text.value());
                }
                Ok(())
            });
        }
        let Some(table) = table else { return };
        for (own, what) in [("Entity", "entity"), ("ActiveModel", "active")] {
            let value = inner(what, vec![Expr::text(table.clone(), span)], span);
            self.names.items.insert(own.to_owned());
            out.push(super::bind(own, Some(value), span));
            let exported = name(own, span);
            out.push(node(NodeKind::Export { name: format!("{prefix}{own}"), value: exported }, span));
        }
    }

    /// `macro_rules! m { ($a:expr) => { … } }`: each of its bodies as what a function of that name
    /// does, with its fragments as parameters.
    pub(super) fn own_macro(&mut self, item: &syn::ItemMacro, span: Span, out: &mut Block) {
        let Some(ident) = &item.ident else { return };
        let mut params: Vec<String> = Vec::new();
        let mut bodies = Vec::new();
        for (front, back) in rules(&item.mac.tokens) {
            for found in fragments(&front) {
                if !params.contains(&found) {
                    params.push(found);
                }
            }
            bodies.push(plain(back, 0));
        }
        self.names.enter();
        for param in &params {
            self.names.local(param);
        }
        let outer = std::mem::replace(&mut self.gives, Gives::Value);
        let several = bodies.len() > 1;
        let mut body = Block::new();
        for tokens in bodies {
            let Ok(statements) = syn::Block::parse_within.parse2(tokens.clone()) else {
                self.unread(&tokens, span);
                continue;
            };
            let mut one = Block::new();
            let done = self.deeper(span, |l| l.body(&statements, &mut one));
            if done.is_none() || several {
                // Which of them is meant, its use decides.
                one = vec![node(
                    NodeKind::Branch { test: opaque(Vec::new(), span), then: one, other: Block::new() },
                    span,
                )];
            }
            body.append(&mut one);
        }
        self.gives = outer;
        self.names.leave();
        let params = params
            .into_iter()
            .map(|name| Param { name, type_name: None, default: None, rest: false })
            .collect();
        let own = format!("{ident}!");
        let id = self.add_function(Function {
            name: Some(own.clone()),
            params,
            body,
            is_async: false,
            is_generator: false,
            lexical_this: false,
            span,
        });
        let value = Expr::new(ExprKind::Function(id), span);
        out.push(node(NodeKind::Define { name: own.clone(), value }, span));
        let exported = name(own.clone(), span);
        out.push(node(NodeKind::Export { name: own, value: exported }, span));
    }

    /// A macro of somebody else whose input is no list of expressions: statements, arms of a
    /// `select!`. Whether and when they run, nobody knows.
    pub(super) fn foreign_macro(
        &mut self,
        tokens: &TokenStream,
        span: Span,
        out: &mut Block,
    ) -> Option<Expr> {
        if tokens.is_empty() {
            return None;
        }
        let mut body = Block::new();
        if let Ok(arms) = arms.parse2(tokens.clone()) {
            for arm in arms {
                let mut inside = Block::new();
                self.names.enter();
                let value = self.expression(&arm.value, &mut inside);
                let value = inner("drive", vec![value], span);
                self.bind_pattern(&arm.pattern, &value, &mut inside);
                inside.push(eval(value));
                self.effect(&arm.body, &mut inside);
                self.names.leave();
                let test = opaque(Vec::new(), span);
                body.push(node(NodeKind::Branch { test, then: inside, other: Block::new() }, span));
            }
        } else if let Ok(statements) = syn::Block::parse_within.parse2(tokens.clone()) {
            let then = self.block(&statements);
            let test = opaque(Vec::new(), span);
            body.push(node(NodeKind::Branch { test, then, other: Block::new() }, span));
        } else {
            self.unread(tokens, span);
            return None;
        }
        out.append(&mut body);
        Some(opaque(Vec::new(), span))
    }

    /// What could not be read is said where it may change a database.
    fn unread(&mut self, tokens: &TokenStream, span: Span) {
        if names_one(tokens, 0) {
            let what = "a macro that calls a database cannot be read";
            self.gathered.once(span, what);
        }
    }

    /// `sqlx::query_file!("x.sql")`: the text stands in a file, seen from the package's folder.
    pub(super) fn queried_file(&mut self, own: &str, args: &[syn::Expr], span: Span) -> Option<Expr> {
        let at = match own {
            "query_file" | "query_file_scalar" | "query_file_unchecked" => 0,
            "query_file_as" | "query_file_as_unchecked" => 1,
            _ => return None,
        };
        let Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(file), .. })) = args.get(at) else {
            return None;
        };
        let folder = ["src/", "tests/", "examples/", "benches/"]
            .iter()
            .find_map(|part| self.path.find(part).filter(|at| *at == 0 || self.path[..*at].ends_with('/')))
            .map_or_else(|| crate::lang::folder_of(self.path), |at| self.path[..at].to_owned());
        let whole = format!("/{}", crate::lang::joined(&folder, &file.value()));
        let text = inner("file", vec![Expr::text(whole, span)], span);
        let query = self.named_path(&["sqlx".to_owned(), "query".to_owned()], span);
        Some(call(query, vec![text], span))
    }
}

struct Arm {
    pattern: syn::Pat,
    value: syn::Expr,
    body: syn::Expr,
}

/// The arms of `tokio::select!`: `pattern = future, if condition => body`.
fn arms(input: ParseStream<'_>) -> syn::Result<Vec<Arm>> {
    let mut out = Vec::new();
    if input.peek(syn::Ident) && input.peek2(syn::Token![;]) {
        let _: syn::Ident = input.parse()?;
        let _: syn::Token![;] = input.parse()?;
    }
    while !input.is_empty() {
        let arm = if input.peek(syn::Token![else]) {
            let _: syn::Token![else] = input.parse()?;
            let _: syn::Token![=>] = input.parse()?;
            let nothing = syn::parse_quote!(());
            Arm {
                pattern: syn::parse_quote!(_),
                value: nothing,
                body: syn::Expr::parse_with_earlier_boundary_rule(input)?,
            }
        } else {
            let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
            let _: syn::Token![=] = input.parse()?;
            let value = syn::Expr::parse(input)?;
            if input.peek(syn::Token![,]) {
                let _: syn::Token![,] = input.parse()?;
                let _: syn::Token![if] = input.parse()?;
                let _ = syn::Expr::parse(input)?;
            }
            let _: syn::Token![=>] = input.parse()?;
            Arm { pattern, value, body: syn::Expr::parse_with_earlier_boundary_rule(input)? }
        };
        out.push(arm);
        if input.peek(syn::Token![,]) {
            let _: syn::Token![,] = input.parse()?;
        }
        if out.len() > 64 {
            return Err(input.error("too many arms"));
        }
    }
    Ok(out)
}

/// The rules of a `macro_rules!`: what it takes, and what it becomes.
fn rules(tokens: &TokenStream) -> Vec<(TokenStream, TokenStream)> {
    let groups: Vec<TokenStream> = tokens
        .clone()
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Group(group) => Some(group.stream()),
            _ => None,
        })
        .take(64)
        .collect();
    groups.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

/// `$name:kind` in what a macro takes, in order.
fn fragments(tokens: &TokenStream) -> Vec<String> {
    let mut out = Vec::new();
    let mut after_dollar = false;
    for token in tokens.clone() {
        match token {
            TokenTree::Punct(punct) => after_dollar = punct.as_char() == '$',
            TokenTree::Ident(ident) => {
                if after_dollar {
                    out.push(ident.to_string());
                }
                after_dollar = false;
            }
            TokenTree::Group(group) => {
                after_dollar = false;
                if out.len() < 64 {
                    out.extend(fragments(&group.stream()));
                }
            }
            TokenTree::Literal(_) => after_dollar = false,
        }
    }
    out
}

/// A body without its dollars: `$name` is a name, `$( … ),*` is what it repeats, once.
fn plain(tokens: TokenStream, depth: usize) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '$' => {
                let Some(TokenTree::Group(group)) = tokens.peek().cloned() else { continue };
                tokens.next();
                if depth < 32 {
                    out.extend(plain(group.stream(), depth + 1));
                }
                // Its separator, and how often.
                for _ in 0..2 {
                    match tokens.next() {
                        Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '*' | '+' | '?') => break,
                        Some(_) => {}
                        None => break,
                    }
                }
            }
            TokenTree::Group(group) if depth < 32 => {
                let mut inside = proc_macro2::Group::new(group.delimiter(), plain(group.stream(), depth + 1));
                inside.set_span(group.span());
                out.push(TokenTree::Group(inside));
            }
            other => out.push(other),
        }
    }
    // A body in braces of its own is a block.
    if let [TokenTree::Group(group)] = out.as_slice()
        && group.delimiter() == Delimiter::Brace
    {
        return group.stream();
    }
    out.into_iter().collect()
}

fn names_one(tokens: &TokenStream, depth: usize) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => TELLING.iter().any(|word| ident == word),
        TokenTree::Group(group) => depth < 64 && names_one(&group.stream(), depth + 1),
        _ => false,
    })
}
