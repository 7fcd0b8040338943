//! What stands behind an operand: members, methods, indexes.

use super::cursor::{LONGEST_CHAIN, Parser, call, is_word, name, opaque};
use super::operand::construct;
use crate::words::flow::{Expr, ExprKind, NodeKind};
use crate::words::span::Span;

impl Parser<'_> {
    pub(super) fn postfix(&mut self, mut value: Expr, from: usize) -> Expr {
        for _ in 0..LONGEST_CHAIN {
            match self.peek(0) {
                b'.' if self.peek(1) == b'.' => return value,
                b'.' | b'?' | b':' => {
                    let dots = match (self.peek(0), self.peek(1)) {
                        (b'.', _) => 1,
                        (b'?', b'.') | (b':', b':') => 2,
                        _ => return value,
                    };
                    let next = self.peek(dots);
                    if !is_word(next) && !matches!(next, b'$' | b'\'' | b'"' | b'(') {
                        return value;
                    }
                    self.at += dots;
                    value = self.member_of(value, from);
                }
                b'[' => {
                    self.at += 1;
                    let comma = std::mem::replace(&mut self.comma, true);
                    self.lines();
                    let key = self.expression();
                    self.lines();
                    self.comma = comma;
                    if !self.eat("]") {
                        self.problem(self.at, "an index is not closed");
                        return value;
                    }
                    let span = self.since(from);
                    let key = match &*key.kind {
                        ExprKind::Text(text) => Expr::text(text.to_lowercase(), key.span),
                        _ => key,
                    };
                    value = Expr::new(ExprKind::Index { of: value, key }, span);
                }
                b'+' if self.looking_at("++") => self.at += 2,
                b'-' if self.looking_at("--") && !is_word(self.peek(2)) && self.peek(2) != b'%' => {
                    self.at += 2;
                }
                _ => return value,
            }
        }
        self.give_up("this chain of members is too long");
        value
    }

    fn member_of(&mut self, of: Expr, from: usize) -> Expr {
        let key = match self.peek(0) {
            b'$' => Some(self.variable()),
            b'\'' => Some(self.literal()),
            b'"' => Some(self.expandable()),
            b'(' => Some(self.operand()),
            _ => None,
        };
        let written = match key.as_ref().map(|key| &*key.kind) {
            Some(ExprKind::Text(text)) => text.to_lowercase(),
            Some(_) => String::new(),
            None => self.word().to_lowercase(),
        };
        let calls =
            self.peek(0) == b'(' || self.peek(0) == b'{' && matches!(written.as_str(), "foreach" | "where");
        if !calls {
            let span = self.since(from);
            return match key {
                Some(key) if written.is_empty() => Expr::new(ExprKind::Index { of, key }, span),
                // The item of a variable of the environment holds what the variable does.
                _ if written == "value" && matches!(&*of.kind, ExprKind::Variable(_)) => of,
                _ => Expr::new(ExprKind::Member { of, name: written }, span),
            };
        }
        let args = if self.peek(0) == b'{' { vec![self.operand()] } else { self.method_arguments() };
        let span = self.since(from);
        if written.is_empty()
            && let Some(key) = key
        {
            return call(Expr::new(ExprKind::Index { of, key }, span), args, span);
        }
        self.method_call(of, &written, args, span)
    }

    fn method_arguments(&mut self) -> Vec<Expr> {
        self.at += 1;
        let comma = std::mem::replace(&mut self.comma, false);
        let mut args = Vec::new();
        loop {
            self.lines();
            if self.eof() || self.peek(0) == b')' {
                break;
            }
            let start = self.at;
            args.push(self.expression());
            self.lines();
            if !self.eat(",") && self.peek(0) != b')' || self.at == start {
                self.problem(self.at, "an argument does not end where it should");
                self.at += self.rest().find([')', '\n']).unwrap_or(self.rest().len());
                break;
            }
        }
        self.comma = comma;
        if !self.eat(")") {
            self.problem(self.at, "a call is not closed");
        }
        args
    }

    /// Methods of texts and lists go by the names that every language's flow has for them.
    fn method_call(&mut self, of: Expr, written: &str, mut args: Vec<Expr>, span: Span) -> Expr {
        let type_name = match &*of.kind {
            ExprKind::Name(held) if held.starts_with('[') => Some(held.clone()),
            _ => None,
        };
        if let Some(owner) = type_name {
            return match (owner.as_str(), written) {
                (_, "new") => construct(of, args, span),
                ("[scriptblock]", "create") if args.len() == 1 => {
                    let text = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                    Expr::new(ExprKind::EvalText(text), span)
                }
                ("[environment]", "setenvironmentvariable") if args.len() >= 2 => {
                    self.set_environment(args, span)
                }
                ("[string]", "equals") if args.len() == 2 => {
                    let right = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                    let left = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                    let op = crate::words::flow::Comparison::Equal;
                    Expr::new(ExprKind::Compare { op, left, right }, span)
                }
                ("[string]", "isnullorempty" | "isnullorwhitespace") if args.len() == 1 => {
                    let value = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                    let set = Expr::new(ExprKind::IsSet { value, set_only: false }, span);
                    Expr::new(ExprKind::Not(set), span)
                }
                ("[environment]", "exit") => {
                    let body = vec![super::cursor::node(NodeKind::Exit(args.pop()), span)];
                    Expr::new(ExprKind::Group { body, isolated: false }, span)
                }
                ("[string]", "concat") => Expr::new(ExprKind::Concat(args), span),
                ("[string]", "format") if !args.is_empty() => {
                    let template = args.remove(0);
                    let list = Expr::new(ExprKind::List(args), span);
                    super::expression::format(template, list, span)
                }
                _ => self.method(of, written, args, span),
            };
        }
        let plain = matches!(&*of.kind, ExprKind::Name(_));
        let neutral = match written {
            "tostring" => "toString",
            "tolower" | "tolowerinvariant" => "toLowerCase",
            "toupper" | "toupperinvariant" => "toUpperCase",
            "startswith" => "startsWith",
            "endswith" => "endsWith",
            "contains" => "includes",
            "foreach" => "map",
            "where" => "filter",
            "invoke" if plain => return call(of, args, span),
            "add" if args.len() == 2 && plain => {
                let value = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                let key = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                let target = Expr::new(ExprKind::Index { of, key }, span);
                return Expr::new(ExprKind::Assign { target, value }, span);
            }
            "add" if args.len() == 1 && plain => "push",
            "addrange" if args.len() == 1 && plain => {
                let value = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                args.push(Expr::new(ExprKind::Spread(value), span));
                "push"
            }
            "invokescript" if args.len() == 1 => {
                let text = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
                return Expr::new(ExprKind::EvalText(text), span);
            }
            "promptforchoice" | "readline" | "shouldcontinue" => {
                let asked = self.method(of, written, args, span);
                return Expr::new(ExprKind::Await(asked), span);
            }
            other => other,
        };
        self.method(of, neutral, args, span)
    }

    fn set_environment(&mut self, mut args: Vec<Expr>, span: Span) -> Expr {
        args.truncate(2);
        let value = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
        let held = args.pop().unwrap_or_else(|| opaque(Vec::new(), span));
        let body = match &*held.kind {
            ExprKind::Text(variable) => {
                let kind = NodeKind::ExportVariable { name: variable.clone(), value: Some(value) };
                vec![super::cursor::node(kind, span)]
            }
            // Its name is put together; perhaps of what is known.
            _ => {
                let of = name("[environment]", span);
                return self.method(of, "setenvironmentvariable", vec![held, value], span);
            }
        };
        Expr::new(ExprKind::Group { body, isolated: false }, span)
    }
}
