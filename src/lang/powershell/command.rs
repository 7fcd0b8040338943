//! Commands: a name, or a value that is called, with its words.

use super::argument::Argument;
use super::cursor::{Parser, node};
use super::names;
use crate::words::flow::{Block, Catches, Expr, ExprKind, Handler, Node, NodeKind, Run, Stdin};
use crate::words::span::Span;

/// Parameters that take no value, of the cmdlets that are looked into here.
const SWITCHES: &[&str] = &[
    "force",
    "passthru",
    "wait",
    "nonewwindow",
    "raw",
    "recurse",
    "verbose",
    "debug",
    "whatif",
    "confirm",
    "quiet",
    "asjob",
    "global",
    "disablenamechecking",
    "usenewenvironment",
    "leaf",
    "parent",
    "resolve",
    "nowait",
];

pub(super) struct Command {
    pub(super) name: Expr,
    pub(super) args: Vec<Argument>,
    /// `. name`: in this scope.
    pub(super) dotted: bool,
    /// `-ErrorAction SilentlyContinue`, and where.
    pub(super) silent: Option<Span>,
    /// `-ErrorAction Stop`
    pub(super) stops: bool,
    pub(super) span: Span,
}

impl Command {
    /// The name in small letters with aliases spelt out; empty where only the run knows it.
    pub(super) fn called(&self) -> String {
        match &*self.name.kind {
            ExprKind::Text(name) => names::canonical(name),
            _ => String::new(),
        }
    }

    /// The value of a parameter, by the start of its name, or by its position among the plain words.
    pub(super) fn value(&self, names: &[&str], position: Option<usize>) -> Option<Expr> {
        let mut plain = 0;
        let mut found = None;
        let mut at = 0;
        while let Some(argument) = self.args.get(at) {
            at += 1;
            let Some(parameter) = &argument.parameter else {
                if Some(plain) == position && found.is_none() {
                    found = Some(argument.value.clone());
                }
                plain += 1;
                continue;
            };
            let next = self.args.get(at).filter(|next| next.parameter.is_none());
            let takes = next.is_some_and(|next| next.bound || !SWITCHES.contains(&parameter.as_str()));
            if takes {
                at += 1;
            }
            let meant = names
                .iter()
                .any(|name| name == parameter || parameter.len() > 1 && name.starts_with(parameter.as_str()));
            if let (true, true, Some(next)) = (meant, takes, next) {
                return Some(next.value.clone());
            }
        }
        found
    }

    /// A block among its words.
    pub(super) fn block(&self) -> Option<Expr> {
        self.args.iter().map(|arg| &arg.value).find(|v| matches!(&*v.kind, ExprKind::Function(_))).cloned()
    }
}

impl Parser<'_> {
    pub(super) fn command(&mut self) -> Command {
        let from = self.at;
        let (mut dotted, mut invoked) = (false, false);
        if self.peek(0) == b'&' && self.peek(1) != b'&' {
            self.at += 1;
            invoked = true;
        } else if self.peek(0) == b'.'
            && matches!(self.peek(1), b' ' | b'\t' | b'$' | b'"' | b'\'' | b'(' | b'{')
        {
            self.at += 1;
            dotted = true;
        }
        self.blanks();
        let name = if (dotted || invoked) && matches!(self.peek(0), b'(' | b'{') {
            self.operand()
        } else {
            self.argument()
        };
        let empty = matches!(&*name.kind, ExprKind::Text(text) if text.is_empty());
        if empty && !dotted && !invoked && self.at == from {
            self.problem(from, "a command is missing");
            if !matches!(self.peek(0), b'\n' | b'\r' | b';' | b'}' | b')') {
                self.bump();
            }
        }
        let args = self.arguments();
        let mut command = Command { name, args, dotted, silent: None, stops: false, span: self.since(from) };
        self.error_action(&mut command);
        command
    }

    fn error_action(&mut self, command: &mut Command) {
        for (at, argument) in command.args.iter().enumerate() {
            let Some(name) = &argument.parameter else { continue };
            let meant = name == "ea" || name.len() >= 6 && "erroraction".starts_with(name.as_str());
            let Some(next) = command.args.get(at + 1).filter(|_| meant) else { continue };
            let wanted = match &*next.value.kind {
                ExprKind::Text(text) => text.to_ascii_lowercase(),
                ExprKind::Member { name, .. } => name.clone(),
                ExprKind::Number(number) => match number {
                    0.0 => "silentlycontinue".to_owned(),
                    1.0 => "stop".to_owned(),
                    _ => String::new(),
                },
                _ => String::new(),
            };
            match wanted.as_str() {
                "silentlycontinue" | "ignore" => command.silent = Some(argument.value.span),
                "stop" => command.stops = true,
                _ => {}
            }
        }
    }

    /// The command as a value, its failures hidden where it says so.
    pub(super) fn command_value(&mut self, command: Command) -> Expr {
        let (silent, span) = (command.silent, command.span);
        let value = self.command_expr(command);
        let Some(at) = silent else { return value };
        let body = vec![node(NodeKind::Return(Some(value)), span)];
        let kind = NodeKind::Try { body, handler: Some(nothing(at)), finally: Vec::new() };
        self.at_once(vec![node(kind, span)], span)
    }

    pub(super) fn push_silenced(&mut self, node: Node, silent: Option<Span>, out: &mut Block) {
        let Some(at) = silent else { return out.push(node) };
        let span = node.span;
        let kind = NodeKind::Try { body: vec![node], handler: Some(nothing(at)), finally: Vec::new() };
        out.push(Node { kind, span });
    }

    pub(super) fn run(&mut self, command: Command) -> Expr {
        let Command { name, args, span, .. } = command;
        let first = match &*name.kind {
            ExprKind::Text(written) => {
                let full = names::canonical(written);
                let program = names::is_cmdlet(&full) || full != written.to_ascii_lowercase();
                Expr::text(if program { full } else { written.clone() }, name.span)
            }
            _ => name,
        };
        let mut words = vec![first];
        words.extend(args.into_iter().map(|arg| arg.value));
        Expr::new(ExprKind::Run(Run { words, env: Vec::new(), stdin: Stdin::Inherit }), span)
    }

    pub(super) fn run_words(&mut self, words: Vec<Expr>, span: Span) -> Expr {
        Expr::new(ExprKind::Run(Run { words, env: Vec::new(), stdin: Stdin::Inherit }), span)
    }
}

/// A handler that does nothing with what it catches.
pub(super) fn nothing(at: Span) -> Handler {
    Handler { param: None, body: Vec::new(), catches: Catches::Errors, span: at }
}
