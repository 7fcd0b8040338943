//! Calls of functions and methods: what is the language's own, what asks how something ended, and
//! commands that are put together.

use super::{Gives, Lowering, call, inner, member, name};
use crate::words::flow::{Block, CallKind, Comparison, Expr, ExprKind, Property, PropertyKey};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn call_expression(&mut self, it: &syn::ExprCall, span: Span, out: &mut Block) -> Expr {
        let args = self.all(&it.args, out);
        let syn::Expr::Path(path) = &*it.func else {
            let callee = self.expression(&it.func, out);
            return call(callee, args, span);
        };
        let full = self.full(&path.path);
        let mut given = args.clone().into_iter();
        match (full.as_str(), args.len()) {
            (
                "Ok"
                | "Some"
                | "Box::pin"
                | "Box::new"
                | "Arc::new"
                | "std::sync::Arc::new"
                | "String::from"
                | "Into::into"
                | "std::hint::black_box"
                | "Cow::Borrowed",
                1,
            ) => {
                return args.into_iter().next().unwrap_or_else(|| name("", span));
            }
            ("Err", 1) => return inner("failed", args, span),
            ("drop" | "std::mem::drop", 1) => return inner("raise", args, span),
            ("std::env::var" | "std::env::var_os" | "env::var", 1) => {
                if let Some(key) = given.next() {
                    return Self::variable(key, span);
                }
            }
            ("std::env::set_var", 2) => {
                if let (Some(key), Some(value)) = (given.next(), given.next()) {
                    let target = Self::variable(key, span);
                    return Expr::new(ExprKind::Assign { target, value }, span);
                }
            }
            ("std::process::exit", 1) => {
                let std = member(name("std", span), "process", span);
                return call(member(std, "exit", span), args, span);
            }
            ("std::process::Command::new" | "tokio::process::Command::new", 1) => {
                return command(Expr::new(ExprKind::List(args), span), Vec::new(), span);
            }
            ("duct::cmd", 2) => {
                let mut given = given.collect::<Vec<_>>();
                if let Some(rest) = given.pop() {
                    given.push(Expr::new(ExprKind::Spread(rest), span));
                }
                return command(Expr::new(ExprKind::List(given), span), Vec::new(), span);
            }
            (
                "std::panic::catch_unwind"
                | "std::thread::spawn"
                | "tokio::spawn"
                | "tokio::task::spawn"
                | "tokio::task::spawn_blocking"
                | "std::panic::AssertUnwindSafe",
                1,
            ) => {
                return inner("attempt", args, span);
            }
            _ if full.ends_with("migrations::runner") && args.is_empty() => {
                return inner("refinery", Vec::new(), span);
            }
            _ if ["up", "down", "fresh", "refresh", "reset"]
                .iter()
                .any(|step| full.ends_with(&format!("Migrator::{step}")))
                && !args.is_empty() =>
            {
                let step = full.rsplit("::").next().unwrap_or_default().to_owned();
                let path = ["sea_orm_migration".to_owned(), "MigratorTrait".to_owned(), step];
                return call(self.named_path(&path, span), args, span);
            }
            _ if args.is_empty() && (full.ends_with("::parse") || full.ends_with("::from_args")) => {
                return inner("flags", args, span);
            }
            _ => {}
        }
        call(self.path(&path.path, span), args, span)
    }

    /// A variable of the environment.
    pub(super) fn variable(key: Expr, span: Span) -> Expr {
        Expr::new(ExprKind::Index { of: name("%env", span), key }, span)
    }

    pub(super) fn method(&mut self, it: &syn::ExprMethodCall, span: Span, out: &mut Block) -> Expr {
        let method = it.method.to_string();
        if let Some(done) = self.column(it, &method, span, out) {
            return done;
        }
        if let Some(done) = self.asked_inside(it, &method, span, out) {
            return done;
        }
        let of = self.expression(&it.receiver, out);
        let args = self.all(&it.args, out);
        let with = |what: &str, of: Expr, args: Vec<Expr>| {
            let mut all = vec![of];
            all.extend(args);
            inner(what, all, span)
        };
        match (method.as_str(), args.len()) {
            // The same value in another wrapping.
            (
                "as_deref" | "as_ref" | "as_mut" | "as_str" | "as_deref_mut" | "clone" | "cloned" | "copied"
                | "to_string" | "to_owned" | "into" | "iter" | "into_iter" | "iter_mut" | "borrow" | "to_vec"
                | "into_boxed_str" | "into_string" | "boxed" | "to_str" | "wait" | "join",
                0,
            ) => of,
            ("unwrap", 0) | ("expect", 1) => with("unwrap", of, Vec::new()),
            ("context" | "with_context" | "wrap_err" | "map_err" | "wrap_err_with" | "inspect_err", 1) => of,
            ("is_ok" | "is_err" | "is_some" | "is_none" | "ok" | "success", 0) => with(&method, of, args),
            ("code", 0) => {
                let done = inner("success", vec![of], span);
                let number = |n: f64| Expr::new(ExprKind::Number(n), span);
                Expr::new(ExprKind::Choose { test: done, then: number(0.0), other: number(1.0) }, span)
            }
            ("unwrap_or_default", 0) => with("or", of, vec![Expr::text("", span)]),
            ("unwrap_or" | "or", 1) => with("or", of, args),
            ("unwrap_or_else" | "or_else", 1) => with("or_else", of, args),
            ("ok_or" | "ok_or_else", 1) => of,
            ("insert_into", 1) => {
                // `row.insert_into(table)` is `insert_into(table).values(row)`.
                let path = ["diesel".to_owned(), "insert_into".to_owned()];
                let start = call(self.named_path(&path, span), args, span);
                call(member(start, "values", span), vec![of], span)
            }
            ("block_on", 1) => inner("drive", args, span),
            ("eq_ignore_ascii_case", 1) => {
                let right = args.into_iter().next().unwrap_or_else(|| name("", span));
                let op = Comparison::EqualFolded;
                Expr::new(ExprKind::Compare { op, left: of, right }, span)
            }
            ("eq" | "ne", 1) => {
                let right = args.into_iter().next().unwrap_or_else(|| name("", span));
                let op = if method == "eq" { Comparison::Equal } else { Comparison::NotEqual };
                Expr::new(ExprKind::Compare { op, left: of, right }, span)
            }
            ("read_line", 1) => {
                let target = args.into_iter().next().unwrap_or_else(|| name("", span));
                let value = inner("answer", Vec::new(), span);
                Expr::new(ExprKind::Assign { target, value }, span)
            }
            ("quiet" | "secret" | "ignore_status" | "ignore_stdout" | "ignore_stderr", 0)
                if is_command(&of) =>
            {
                of
            }
            ("run" | "read", 0) if is_command(&of) => self.run_written(of, forgives(&it.receiver), span, out),
            (step, _)
                if (STEPS.contains(&step) || matches!(step, "status" | "output" | "spawn"))
                    && (is_command(&of)
                        || self.gives_command(&it.receiver)
                        || matches!(step, "arg" | "args") && is_helper(&it.receiver)
                        || self.holds_command(&it.receiver)) =>
            {
                self.command_step(&method, of, args, it, span, out)
            }
            _ => call(member(of, method, span), args, span),
        }
    }

    /// `ci.is_ok_and(|ci| ci == "true")`, `ci.map_or(false, |ci| …)`: what is asked of the value inside.
    fn asked_inside(
        &mut self,
        it: &syn::ExprMethodCall,
        method: &str,
        span: Span,
        out: &mut Block,
    ) -> Option<Expr> {
        let literal = |at: usize| match it.args.get(at) {
            Some(syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Bool(literal), .. })) => Some(literal.value),
            _ => None,
        };
        let (there, without, asked) = match (method, it.args.len()) {
            ("is_ok_and", 1) => ("is_ok", false, 0),
            ("is_some_and", 1) => ("is_some", false, 0),
            ("is_none_or", 1) => ("is_some", true, 0),
            ("map_or", 2) => ("is_ok", literal(0)?, 1),
            _ => return None,
        };
        let syn::Expr::Closure(closure) = it.args.get(asked)? else { return None };
        let (Some(param), 1) = (closure.inputs.first(), closure.inputs.len()) else { return None };
        if matches!(&*closure.body, syn::Expr::Block(_)) {
            return None;
        }
        let of = self.expression(&it.receiver, out);
        let of = self.keep(of, out);
        let held = inner("ok", vec![of.clone()], span);
        self.bind_pattern(param, &held, out);
        let inside = self.expression(&closure.body, out);
        let there = inner(there, vec![of], span);
        Some(if without {
            Expr::new(ExprKind::Or(Expr::new(ExprKind::Not(there), span), inside), span)
        } else {
            Expr::new(ExprKind::And(there, inside), span)
        })
    }

    /// The receiver is a variable that something named `cmd` or `command` stands in.
    fn holds_command(&self, receiver: &syn::Expr) -> bool {
        variable(receiver).is_some_and(|text| {
            self.names.is_local(&text) && (text.contains("cmd") || text.contains("command"))
        })
    }

    fn command_step(
        &mut self,
        method: &str,
        of: Expr,
        args: Vec<Expr>,
        it: &syn::ExprMethodCall,
        span: Span,
        out: &mut Block,
    ) -> Expr {
        let of = self.keep(of, out);
        let words = member(of.clone(), "words", span);
        let spread = |value: Expr| Expr::new(ExprKind::Spread(value), span);
        let mut args = args.into_iter();
        let first = args.next();
        let next = match (method, first) {
            ("arg", Some(word)) => {
                command(Expr::new(ExprKind::List(vec![spread(words), word]), span), vec![(None, of)], span)
            }
            ("args", Some(more)) => {
                let list = ExprKind::List(vec![spread(words), spread(more)]);
                command(Expr::new(list, span), vec![(None, of)], span)
            }
            ("env", Some(key)) => {
                let value = args.next().unwrap_or_else(|| name("", span));
                let before = member(of.clone(), "env", span);
                let env = Expr::new(
                    ExprKind::Object(vec![
                        Property { key: PropertyKey::Spread, value: before },
                        Property { key: PropertyKey::Computed(key), value },
                    ]),
                    span,
                );
                command(words, vec![(None, of), (Some("env"), env)], span)
            }
            ("envs", Some(more)) => {
                let before = member(of.clone(), "env", span);
                let mut properties = vec![Property { key: PropertyKey::Spread, value: before }];
                match *more.kind {
                    // `[("CI", "true")]`
                    ExprKind::List(pairs) => properties.extend(pairs.into_iter().filter_map(pair)),
                    kind => {
                        let value = Expr { kind: Box::new(kind), span };
                        properties.push(Property { key: PropertyKey::Spread, value });
                    }
                }
                let env = Expr::new(ExprKind::Object(properties), span);
                command(words, vec![(None, of), (Some("env"), env)], span)
            }
            // What is written to it later, nobody knows here.
            ("stdin", Some(from)) if is_pipe(&from) => {
                let input = Expr::new(ExprKind::Opaque(Vec::new()), span);
                command(words, vec![(None, of), (Some("input"), input)], span)
            }
            ("env_remove" | "env_clear" | "stdin" | "stdout" | "stderr" | "kill_on_drop", _) => {
                command(words, vec![(None, of)], span)
            }
            ("current_dir", Some(folder)) => command(words, vec![(None, of), (Some("cwd"), folder)], span),
            _ => return inner("run", vec![words, of], span),
        };
        // `cmd.arg(x);` changes the command that the variable holds.
        if let Some(own) = variable(&it.receiver) {
            out.push(super::assign(&own, next, span));
            return name(own, span);
        }
        next
    }

    /// `name.eq(x)` in what diesel sets: a column and its value.
    fn column(
        &mut self,
        it: &syn::ExprMethodCall,
        method: &str,
        span: Span,
        out: &mut Block,
    ) -> Option<Expr> {
        if !matches!(method, "set" | "values") || it.args.len() != 1 {
            return None;
        }
        let list: Vec<&syn::Expr> = match it.args.first()? {
            syn::Expr::Tuple(tuple) => tuple.elems.iter().collect(),
            one => vec![one],
        };
        let mut properties = Vec::new();
        for one in list {
            let syn::Expr::MethodCall(eq) = one else { return None };
            if eq.method != "eq" || eq.args.len() != 1 {
                return None;
            }
            let syn::Expr::Path(path) = &*eq.receiver else { return None };
            let key = path.path.segments.last()?.ident.to_string();
            let value = self.expression(eq.args.first()?, out);
            properties.push(Property { key: PropertyKey::Named(key), value });
        }
        let of = self.expression(&it.receiver, out);
        let columns = Expr::new(ExprKind::Object(properties), span);
        Some(call(member(of, method, span), vec![columns], span))
    }

    pub(super) fn gives_outcome(&self) -> bool {
        self.gives == Gives::Outcome
    }
}

/// A command that is put together: its words, its environment, its folder.
pub(super) fn command(words: Expr, more: Vec<(Option<&str>, Expr)>, span: Span) -> Expr {
    let mut properties: Vec<Property> = more
        .into_iter()
        .map(|(key, value)| Property {
            key: key.map_or(PropertyKey::Spread, |key| PropertyKey::Named(key.to_owned())),
            value,
        })
        .collect();
    properties.push(Property { key: PropertyKey::Named("words".to_owned()), value: words });
    Expr::new(ExprKind::Object(properties), span)
}

/// Methods with which a command is put together.
pub(super) const STEPS: [&str; 11] = [
    "arg",
    "args",
    "env",
    "envs",
    "env_remove",
    "env_clear",
    "current_dir",
    "stdin",
    "stdout",
    "stderr",
    "kill_on_drop",
];

/// The variable at which a chain of such calls begins.
fn variable(mut receiver: &syn::Expr) -> Option<String> {
    loop {
        match receiver {
            syn::Expr::MethodCall(call) if STEPS.iter().any(|step| call.method == step) => {
                receiver = &*call.receiver;
            }
            syn::Expr::Path(path) => return path.path.get_ident().map(ToString::to_string),
            _ => return None,
        }
    }
}

/// `psql()`: a function of another file; what takes arguments one by one behind it is a command.
fn is_helper(receiver: &syn::Expr) -> bool {
    let syn::Expr::Call(call) = receiver else { return false };
    let syn::Expr::Path(path) = &*call.func else { return false };
    path.path.segments.last().is_some_and(|last| last.ident != "new")
}

/// `cmd!(sh, "…").ignore_status()`
fn forgives(mut receiver: &syn::Expr) -> bool {
    while let syn::Expr::MethodCall(call) = receiver {
        if call.method == "ignore_status" {
            return true;
        }
        receiver = &*call.receiver;
    }
    false
}

/// `("CI", "true")`
fn pair(of: Expr) -> Option<Property> {
    let ExprKind::List(items) = *of.kind else { return None };
    let mut items = items.into_iter();
    Some(Property { key: PropertyKey::Computed(items.next()?), value: items.next()? })
}

/// `Stdio::piped()`
fn is_pipe(from: &Expr) -> bool {
    let ExprKind::Call(call) = &*from.kind else { return false };
    matches!(&*call.callee.kind, ExprKind::Member { name, .. } | ExprKind::Name(name) if name == "piped")
}

fn is_command(of: &Expr) -> bool {
    match &*of.kind {
        ExprKind::Object(properties) => {
            properties.iter().any(|p| matches!(&p.key, PropertyKey::Named(name) if name == "words"))
        }
        ExprKind::Call(call) if call.kind == CallKind::Plain => {
            matches!(&*call.callee.kind, ExprKind::Name(name) if name == "%raise")
                && call.args.first().is_some_and(is_command)
        }
        _ => false,
    }
}
