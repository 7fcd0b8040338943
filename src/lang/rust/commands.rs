//! Which variables hold a command that is put together, and which functions give one.

use std::collections::BTreeSet;

use super::methods::{STEPS, command};
use super::{Lowering, inner, member};
use crate::words::flow::{Block, Expr, ExprKind};
use crate::words::span::Span;

/// What a file says about its commands.
#[derive(Debug, Default)]
pub(super) struct Commands {
    /// Variables that hold one now.
    held: BTreeSet<String>,
    /// Functions and methods of the file that give one.
    makers: BTreeSet<String>,
}

impl Lowering<'_> {
    /// `fn psql(url: &str) -> Command`, seen before anything that calls it.
    pub(super) fn makes_command(&mut self, sig: &syn::Signature) {
        if let syn::ReturnType::Type(_, ty) = &sig.output
            && self.is_command_type(ty)
        {
            self.commands.makers.insert(sig.ident.to_string());
        }
    }

    /// A new variable: it holds a command, or no longer one.
    pub(super) fn binds_command(&mut self, name: &str, holds: bool) {
        if holds {
            self.commands.held.insert(name.to_owned());
        } else {
            self.commands.held.remove(name);
        }
    }

    /// Only the one that starts programs: crates for command lines have another of this name.
    pub(super) fn is_command_type(&self, ty: &syn::Type) -> bool {
        match ty {
            syn::Type::Reference(inner) => self.is_command_type(&inner.elem),
            syn::Type::Path(path) => {
                let full = self.full(&path.path);
                full == "std::process::Command" || full == "tokio::process::Command"
            }
            _ => false,
        }
    }

    /// Whether an expression is a command: a variable that holds one, a call that gives one, and what
    /// its own methods make of it.
    pub(super) fn gives_command(&self, mut of: &syn::Expr) -> bool {
        loop {
            match of {
                syn::Expr::Paren(inner) => of = &inner.expr,
                syn::Expr::Reference(inner) => of = &inner.expr,
                syn::Expr::MethodCall(call) if STEPS.iter().any(|step| call.method == step) => {
                    of = &call.receiver;
                }
                syn::Expr::MethodCall(call) => {
                    return self.commands.makers.contains(&call.method.to_string());
                }
                syn::Expr::Call(call) => {
                    let syn::Expr::Path(path) = &*call.func else { return false };
                    let full = self.full(&path.path);
                    let last = path.path.segments.last().map(|s| s.ident.to_string()).unwrap_or_default();
                    return full.ends_with("process::Command::new") || self.commands.makers.contains(&last);
                }
                syn::Expr::Path(path) => {
                    return path.path.get_ident().is_some_and(|own| {
                        let own = own.to_string();
                        self.names.is_local(&own) && self.commands.held.contains(&own)
                    });
                }
                _ => return false,
            }
        }
    }
}

impl Lowering<'_> {
    /// `cmd!(sh, "psql {url} -c {sql}")` of xshell, `cmd!("psql", "-c", sql)` of duct: its words.
    pub(super) fn written_command(
        &mut self,
        args: &[syn::Expr],
        span: Span,
        out: &mut Block,
    ) -> Option<Expr> {
        let text = |of: &syn::Expr| match of {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        };
        let words = match args {
            [_, line] if text(line).is_some() && text(&args[0]).is_none() => {
                let line = text(line)?;
                split(&line).into_iter().map(|word| self.command_word(&word, span)).collect()
            }
            [program, ..] if text(program).is_some() => self.all(args, out),
            _ => return None,
        };
        Some(command(Expr::new(ExprKind::List(words), span), Vec::new(), span))
    }

    /// `{path}`, `--out={path}`, `{rest...}`
    fn command_word(&mut self, word: &str, span: Span) -> Expr {
        let mut parts = Vec::new();
        let mut rest = word;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((hole, tail)) = after.split_once('}') else { break };
            if !before.is_empty() {
                parts.push(Expr::text(before, span));
            }
            let list = hole.strip_suffix("...");
            let value = self.named_path(&[list.unwrap_or(hole).to_owned()], span);
            if list.is_some() && before.is_empty() && tail.is_empty() && parts.is_empty() {
                return Expr::new(ExprKind::Spread(value), span);
            }
            parts.push(value);
            rest = tail;
        }
        if !rest.is_empty() || parts.is_empty() {
            parts.push(Expr::text(rest, span));
        }
        Expr::new(ExprKind::Concat(parts), span)
    }

    /// What such a command gives: it fails where the program fails, unless that is said to be no matter.
    pub(super) fn run_written(&mut self, of: Expr, forgives: bool, span: Span, out: &mut Block) -> Expr {
        let of = self.keep(of, out);
        let words = member(of.clone(), "words", span);
        let done = inner("run", vec![words, of], span);
        if forgives {
            return done;
        }
        let done = self.keep(done, out);
        let test = inner("success", vec![inner("raise", vec![done], span)], span);
        let other = inner("failed", vec![Expr::new(ExprKind::Undefined, span)], span);
        Expr::new(ExprKind::Choose { test, then: Expr::text("", span), other }, span)
    }
}

/// Words as a shell without variables splits them.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for sign in line.chars() {
        match (quote, sign) {
            (Some(open), sign) if sign == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            (None, sign) if sign.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(sign),
        }
    }
    words.extend(word);
    words
}
