//! Macros: those that end a function or the program, that make text, and all others as calls.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;

use super::{Lowering, call, inner, member, name, node, opaque};
use crate::words::flow::{Block, Comparison, Expr, ExprKind, NodeKind};
use crate::words::span::Span;

impl Lowering<'_> {
    /// The value of a macro; None where it was a statement alone.
    pub(super) fn macro_call(&mut self, mac: &syn::Macro, out: &mut Block) -> Option<Expr> {
        let span = self.of(mac);
        let own = mac.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
        let args: Vec<syn::Expr> = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated
            .parse2(mac.tokens.clone())
            .map(|list| list.into_iter().collect())
            .unwrap_or_default();
        let end = |span: Span| {
            let code = Expr::new(ExprKind::Number(101.0), span);
            let std = member(name("std", span), "process", span);
            call(member(std, "exit", span), vec![code], span)
        };
        match own.as_str() {
            "println" | "eprintln" | "print" | "eprint" | "dbg" | "info" | "warn" | "error" | "debug"
            | "trace" | "write" | "writeln" | "log" | "event" => {
                let said = if args.is_empty() { said(&mac.tokens) } else { args };
                let mut given = Vec::new();
                for one in &said {
                    // `count = purge()` names what is said; only what runs something matters.
                    let one = if let syn::Expr::Assign(named) = one { &named.right } else { one };
                    if !matches!(one, syn::Expr::Lit(_) | syn::Expr::Path(_) | syn::Expr::Field(_)) {
                        given.push(self.expression(one, out));
                    }
                }
                let callee = member(name("log", span), own, span);
                Some(call(callee, given, span))
            }
            "panic" | "unreachable" | "todo" | "unimplemented" => Some(end(span)),
            "bail" => {
                out.push(node(NodeKind::Throw(Expr::new(ExprKind::Undefined, span)), span));
                None
            }
            "ensure" | "assert" | "debug_assert" => {
                let test = match args.first() {
                    Some(test) => self.expression(test, out),
                    None => opaque(Vec::new(), span),
                };
                self.required(test, &own, span, out)
            }
            "assert_eq" | "assert_ne" | "debug_assert_eq" | "debug_assert_ne" => {
                let mut both = args.iter().take(2).map(|a| self.expression(a, out)).collect::<Vec<_>>();
                let right = both.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                let left = both.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                let op = if own.ends_with("eq") { Comparison::Equal } else { Comparison::NotEqual };
                let test = Expr::new(ExprKind::Compare { op, left, right }, span);
                self.required(test, &own, span, out)
            }
            "format" | "anyhow" | "eyre" | "format_args" => Some(self.formatted(&args, span, out)),
            "concat" => Some(Expr::new(ExprKind::Concat(self.all(&args, out)), span)),
            "vec" => Some(Expr::new(ExprKind::List(self.all(&args, out)), span)),
            "cfg" => Some(name("%built", span)),
            "matches" => match matched.parse2(mac.tokens.clone()) {
                Ok(asked) => Some(self.matches(&asked, span, out)),
                Err(_) => Some(opaque(self.all(args.iter().take(1), out), span)),
            },
            "env" if args.first().is_some_and(|key| is_text(key, "CARGO")) => Some(Expr::text("cargo", span)),
            "env" | "option_env" => {
                // What it was when the program was built says nothing of where it runs.
                let key = args.first().map(|a| self.expression(a, out))?;
                let value = Self::variable(key, span);
                let other = Expr::text("true", span);
                Some(Expr::new(ExprKind::Default { value, other, or_empty: false }, span))
            }
            "include_str" | "include_bytes" => {
                let path = self.expression(args.first()?, out);
                let ExprKind::Text(file) = &*path.kind else { return Some(path) };
                let folder = crate::lang::folder_of(self.path);
                let whole = format!("/{}", crate::lang::joined(&folder, file));
                Some(inner("file", vec![Expr::text(whole, span)], span))
            }
            "query_file"
            | "query_file_as"
            | "query_file_scalar"
            | "query_file_unchecked"
            | "query_file_as_unchecked"
                if !args.is_empty() =>
            {
                let text = self.queried_file(&own, &args, span);
                Some(text.unwrap_or_else(|| opaque(Vec::new(), span)))
            }
            "cmd" if let Some(done) = self.written_command(&args, span, out) => Some(done),
            "json" | "quote" | "thread_local" | "table" | "macro_rules" => Some(opaque(Vec::new(), span)),
            "join" | "try_join" => {
                let parts = self.all(&args, out);
                let wait = |part: Expr| {
                    let done = inner("drive", vec![part], span);
                    if own == "join" { done } else { inner("raise", vec![done], span) }
                };
                Some(Expr::new(ExprKind::List(parts.into_iter().map(wait).collect()), span))
            }
            _ => {
                let mut path: Vec<String> = mac.path.segments.iter().map(|s| s.ident.to_string()).collect();
                path = self.names.expand(&path);
                if let Some(last) = path.last_mut() {
                    last.push('!');
                }
                if args.is_empty()
                    && !path.last().is_some_and(|last| self.names.items.contains(last))
                    && let Some(done) = self.foreign_macro(&mac.tokens, span, out)
                {
                    return Some(done);
                }
                let callee = self.named_path(&path, span);
                let args = self.all(&args, out);
                Some(call(callee, args, span))
            }
        }
    }

    /// `matches!(value, pattern if guard)`
    fn matches(&mut self, asked: &Matched, span: Span, out: &mut Block) -> Expr {
        let value = self.expression(&asked.value, out);
        let value = self.keep(value, out);
        let test = self.fits(&asked.pattern, &value);
        let test = Self::always(test, span);
        let Some(guard) = &asked.guard else { return test };
        self.bind_pattern(&asked.pattern, &value, out);
        let guard = self.expression(guard, out);
        Expr::new(ExprKind::And(test, guard), span)
    }

    /// Goes on only where the test holds.
    fn required(&mut self, test: Expr, own: &str, span: Span, out: &mut Block) -> Option<Expr> {
        let stop = if own == "ensure" && self.gives_outcome() {
            node(NodeKind::Throw(Expr::new(ExprKind::Undefined, span)), span)
        } else {
            node(NodeKind::Exit(Some(Expr::new(ExprKind::Number(101.0), span))), span)
        };
        let branch = node(NodeKind::Branch { test, then: Block::new(), other: vec![stop] }, span);
        if own.starts_with("debug_") {
            let test = name("%built", span);
            out.push(node(NodeKind::Branch { test, then: vec![branch], other: Block::new() }, span));
        } else {
            out.push(branch);
        }
        None
    }

    /// `format!("a {b} {}", c)` as a text with holes.
    fn formatted(&mut self, args: &[syn::Expr], span: Span, out: &mut Block) -> Expr {
        let Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) = args.first() else {
            return opaque(self.all(args, out), span);
        };
        let mut given = args.iter().skip(1);
        let text = text.value();
        let mut parts = Vec::new();
        let mut known = String::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            known.push_str(&rest[..at]);
            let tail = &rest[at..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                known.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            let end = tail.find('}').map_or(tail.len(), |end| end + 1);
            let hole = tail[..end].trim_matches(['{', '}']).split(':').next().unwrap_or("").trim();
            if !known.is_empty() {
                parts.push(Expr::text(std::mem::take(&mut known), span));
            }
            let value = if hole.is_empty() {
                given.next().map(|one| self.expression(one, out))
            } else if hole.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_') {
                let set = args.iter().find_map(|one| match one {
                    syn::Expr::Assign(it) => match &*it.left {
                        syn::Expr::Path(path) if path.path.is_ident(hole) => Some(&*it.right),
                        _ => None,
                    },
                    _ => None,
                });
                match set {
                    Some(value) => Some(self.expression(value, out)),
                    None => Some(self.named_path(&[hole.to_owned()], span)),
                }
            } else {
                let index = hole.parse::<usize>().ok();
                index.and_then(|at| args.get(at + 1)).map(|one| self.expression(one, out))
            };
            parts.push(value.unwrap_or_else(|| opaque(Vec::new(), span)));
            rest = &tail[end..];
        }
        known.push_str(rest);
        if !known.is_empty() || parts.is_empty() {
            parts.push(Expr::text(known, span));
        }
        Expr::new(ExprKind::Concat(parts), span)
    }
}

fn is_text(of: &syn::Expr, wanted: &str) -> bool {
    matches!(of, syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) if text.value() == wanted)
}

/// What a message is made of where it is written in tracing's own way: `error = %run(), "failed"`.
fn said(tokens: &TokenStream) -> Vec<syn::Expr> {
    let mut pieces = vec![Vec::new()];
    for token in tokens.clone() {
        match &token {
            TokenTree::Punct(sign) if sign.as_char() == ',' => pieces.push(Vec::new()),
            _ => pieces.last_mut().into_iter().for_each(|piece| piece.push(token.clone())),
        }
    }
    let sign = |token: &TokenTree, of: char| matches!(token, TokenTree::Punct(p) if p.as_char() == of);
    let values = pieces.into_iter().map(|piece| {
        let lone = |at: usize| sign(&piece[at], '=') && piece.get(at + 1).is_none_or(|next| !sign(next, '='));
        let named = piece.len().min(2) == 2 && lone(1);
        let value = piece.iter().skip(if named { 2 } else { 0 });
        value.skip_while(|token| sign(token, '%') || sign(token, '?')).cloned().collect::<TokenStream>()
    });
    values.filter_map(|value| syn::parse2(value).ok()).collect()
}

/// The parts of a `matches!`.
struct Matched {
    value: syn::Expr,
    pattern: syn::Pat,
    guard: Option<syn::Expr>,
}

fn matched(input: ParseStream<'_>) -> syn::Result<Matched> {
    let value = input.parse()?;
    let _: syn::Token![,] = input.parse()?;
    let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
    let guard = match input.parse::<Option<syn::Token![if]>>()? {
        Some(_) => Some(input.parse()?),
        None => None,
    };
    let _: Option<syn::Token![,]> = input.parse()?;
    Ok(Matched { value, pattern, guard })
}
