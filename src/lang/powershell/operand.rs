//! What operators work on: variables, literals, brackets, types, and what follows a dot.

use super::cursor::{Parser, is_word, name, opaque};
use crate::words::flow::{Block, Call, CallKind, Expr, ExprKind, NodeKind, Property, PropertyKey};
use crate::words::span::Span;

impl Parser<'_> {
    pub(super) fn operand(&mut self) -> Expr {
        if !self.down() {
            return opaque(Vec::new(), self.since(self.at));
        }
        let from = self.at;
        let first = self.primary();
        let value = self.postfix(first, from);
        self.up();
        value
    }

    fn primary(&mut self) -> Expr {
        let from = self.at;
        match self.peek(0) {
            b'$' if self.peek(1) == b'(' => self.sub_expression(),
            b'$' if self.starts_variable() => self.variable(),
            b'\'' => self.literal(),
            b'"' => self.expandable(),
            b'@' => match self.peek(1) {
                b'\'' | b'"' => self.here_string(),
                b'(' => self.array(),
                b'{' => self.table(),
                _ => {
                    self.at += 1;
                    let held = self.word().to_ascii_lowercase();
                    let span = self.since(from);
                    let held = self.variable_of(&held, span);
                    Expr::new(ExprKind::Spread(held), span)
                }
            },
            b'(' => {
                self.at += 1;
                let comma = std::mem::replace(&mut self.comma, true);
                self.lines();
                let value = self.statement_value();
                self.lines();
                self.comma = comma;
                if !self.eat(")") {
                    self.problem(self.at, "a bracket is not closed");
                    self.at += self.rest().find([')', '\n']).unwrap_or(self.rest().len());
                    self.eat(")");
                }
                value
            }
            b'{' => self.script_block(),
            b'[' => self.type_or_cast(),
            b'0'..=b'9' | b'.' if self.peek(0) != b'.' || self.peek(1).is_ascii_digit() => self.number(),
            b'-' if self.peek(1).is_ascii_digit() => {
                self.at += 1;
                let inner = self.number();
                let span = self.since(from);
                opaque(vec![inner], span)
            }
            _ if is_word(self.peek(0)) || matches!(self.peek(0), b'-' | b'!') => {
                // `-not` and the like behind another operator.
                if matches!(self.peek(0), b'-' | b'!') {
                    return self.expression();
                }
                let word = self.word().to_owned();
                self.problem(from, "a word stands where a value should");
                Expr::text(word, self.since(from))
            }
            _ => {
                self.problem(from, "a value is missing");
                opaque(Vec::new(), self.since(from))
            }
        }
    }

    /// Moves over a variable without reading it.
    pub(super) fn skip_variable(&mut self) {
        let mark = self.mark();
        let before = self.sink.problems.len();
        let outer = self.outer;
        self.variable();
        self.outer = outer;
        self.sink.problems.truncate(before);
        let at = self.at;
        self.restore(mark);
        self.at = at;
    }

    pub(super) fn variable(&mut self) -> Expr {
        let from = self.at;
        self.at += 1;
        self.outer = false;
        match self.peek(0) {
            b'?' => {
                self.at += 1;
                let span = self.since(from);
                let zero = Expr::new(ExprKind::Number(0.0), span);
                let status = Expr::new(ExprKind::LastStatus, span);
                let op = crate::words::flow::Comparison::Equal;
                return Expr::new(ExprKind::Compare { op, left: status, right: zero }, span);
            }
            b'$' | b'^' => {
                self.at += 1;
                return opaque(Vec::new(), self.since(from));
            }
            b'{' => {
                let close = self.rest().find('}');
                let end = close.map_or(self.text.len(), |close| self.at + close);
                let written = self.slice(self.at + 1, end).to_owned();
                self.at = close.map_or(self.text.len(), |_| end + 1);
                if close.is_none() {
                    self.problem(from, "a name is not closed");
                }
                let span = self.since(from);
                return match written.split_once(':') {
                    Some((scope, held)) => self.scoped(scope, held, span),
                    None => self.variable_of(&written.to_lowercase(), span),
                };
            }
            _ => {}
        }
        let first = self.word().to_owned();
        let scope = first.to_ascii_lowercase();
        let scoped = matches!(
            scope.as_str(),
            "env"
                | "script"
                | "global"
                | "local"
                | "private"
                | "using"
                | "function"
                | "variable"
                | "workflow"
        );
        if self.peek(0) == b':' && is_word(self.peek(1)) && scoped {
            self.at += 1;
            let start = self.at;
            self.word();
            // Functions have dashes in their names.
            while scope == "function" && (self.peek(0) == b'-' || is_word(self.peek(0))) {
                self.at += 1;
            }
            let held = self.slice(start, self.at).to_owned();
            let span = self.since(from);
            return self.scoped(&scope, &held, span);
        }
        let span = self.since(from);
        self.variable_of(&scope, span)
    }

    fn scoped(&mut self, scope: &str, held: &str, span: Span) -> Expr {
        match scope.to_ascii_lowercase().as_str() {
            "env" => Expr::new(ExprKind::Variable(held.to_owned()), span),
            "function" => name(&format!("$function:{}", held.to_lowercase()), span),
            scope => {
                self.outer = matches!(scope, "script" | "global");
                self.variable_of(&held.to_lowercase(), span)
            }
        }
    }

    /// The variable of this name in small letters.
    pub(super) fn variable_of(&mut self, held: &str, span: Span) -> Expr {
        let kind = match held {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            "lastexitcode" => ExprKind::LastStatus,
            "this" => ExprKind::Name("this".to_owned()),
            // Of the program itself: what it was started with.
            "args" | "psboundparameters" if self.in_function == 0 => ExprKind::Variable("@".to_owned()),
            _ => ExprKind::Name(format!("${held}")),
        };
        Expr::new(kind, span)
    }

    /// `$( … )`
    pub(super) fn sub_expression(&mut self) -> Expr {
        let from = self.at;
        self.at += 1;
        let mut body = self.inside_brackets();
        let span = self.since(from);
        if body.len() == 1
            && let Some(NodeKind::Eval(_)) = body.first().map(|node| &node.kind)
            && let Some(NodeKind::Eval(value)) = body.pop().map(|node| node.kind)
        {
            return value;
        }
        self.at_once(body, span)
    }

    fn inside_brackets(&mut self) -> Block {
        self.at += 1;
        let comma = std::mem::replace(&mut self.comma, true);
        let mut body = Vec::new();
        self.statements(&mut body);
        self.comma = comma;
        if !self.eat(")") {
            self.problem(self.at, "a bracket is not closed");
            if self.peek(0) == b'}' {
                // Left to whoever opened it.
                return body;
            }
        }
        body
    }

    /// `@( … )`
    fn array(&mut self) -> Expr {
        let from = self.at;
        self.at += 1;
        let body = self.inside_brackets();
        let span = self.since(from);
        let mut items = Vec::new();
        let plain = body.iter().all(|node| matches!(&node.kind, NodeKind::Eval(_) | NodeKind::Command(_)));
        if !plain {
            let value = self.at_once(body, span);
            return Expr::new(ExprKind::List(vec![Expr::new(ExprKind::Spread(value), span)]), span);
        }
        for node in body {
            let (NodeKind::Eval(value) | NodeKind::Command(value)) = node.kind else { continue };
            match *value.kind {
                ExprKind::List(inner) => items.extend(inner),
                kind @ (ExprKind::Text(_)
                | ExprKind::Concat(_)
                | ExprKind::Number(_)
                | ExprKind::Object(_)
                | ExprKind::Function(_)) => {
                    items.push(Expr { kind: Box::new(kind), span: value.span });
                }
                kind => {
                    let inner = Expr { kind: Box::new(kind), span: value.span };
                    items.push(Expr::new(ExprKind::Spread(inner), value.span));
                }
            }
        }
        Expr::new(ExprKind::List(items), span)
    }

    /// `@{ key = value; … }`
    fn table(&mut self) -> Expr {
        let from = self.at;
        self.at += 2;
        let comma = std::mem::replace(&mut self.comma, true);
        let mut properties = Vec::new();
        loop {
            self.terminators();
            if self.eof() || self.peek(0) == b'}' {
                break;
            }
            let start = self.at;
            let key = self.key();
            self.lines();
            if !self.eat("=") {
                self.problem(start, "a key has no value");
                self.at += self.rest().find(['\n', ';', '}']).unwrap_or(self.rest().len());
                if self.at == start {
                    self.bump();
                }
                continue;
            }
            self.lines();
            let value = self.statement_value();
            properties.push(Property { key, value });
        }
        self.comma = comma;
        if !self.eat("}") {
            self.problem(from, "a table is not closed");
        }
        Expr::new(ExprKind::Object(properties), self.since(from))
    }

    fn key(&mut self) -> PropertyKey {
        if matches!(self.peek(0), b'$' | b'(' | b'"' | b'\'' | b'[' | b'@') {
            let value = self.operand();
            return match &*value.kind {
                ExprKind::Text(text) => PropertyKey::Named(text.to_lowercase()),
                _ => PropertyKey::Computed(value),
            };
        }
        let from = self.at;
        while is_word(self.peek(0)) || matches!(self.peek(0), b'-' | b'.' | b':') {
            self.at += 1;
        }
        PropertyKey::Named(self.slice(from, self.at).to_lowercase())
    }

    /// The name inside of `[…]`, the cursor behind it.
    pub(super) fn type_name(&mut self) -> String {
        let from = self.at;
        self.skip_balanced();
        let inner = self.slice(from + 1, self.at.saturating_sub(1));
        inner.to_owned()
    }

    fn type_or_cast(&mut self) -> Expr {
        let from = self.at;
        let written = self.type_name();
        let span = self.since(from);
        let known = short(&written);
        if self.looking_at("::") {
            return name(&format!("[{known}]"), span);
        }
        let mark = self.mark();
        self.blanks();
        let casts = matches!(self.peek(0), b'$' | b'(' | b'\'' | b'"' | b'@' | b'[' | b'{' | b'0'..=b'9')
            || self.peek(0) == b'-' && self.peek(1).is_ascii_digit();
        if !casts {
            self.restore(mark);
            return name(&format!("[{known}]"), span);
        }
        let inner = self.operand();
        let span = self.since(from);
        if written.ends_with("[]") || known == "array" {
            return self.as_list(inner);
        }
        match known.as_str() {
            "int" | "long" | "double" | "decimal" | "int32" | "int64" | "datetime" | "timespan" | "char"
            | "byte" => match &*inner.kind {
                ExprKind::Number(_) | ExprKind::LastStatus => inner,
                _ => opaque(vec![inner], span),
            },
            "bool" | "boolean" => Expr::new(ExprKind::Not(Expr::new(ExprKind::Not(inner), span)), span),
            "sqlconnection" | "sqlcommand" | "npgsqlconnection" | "npgsqlcommand" => {
                let callee = name(&format!("[{known}]"), span);
                construct(callee, vec![inner], span)
            }
            _ => inner,
        }
    }
}

/// The last part of a type's name, in small letters, without what stands in its brackets.
pub(super) fn short(written: &str) -> String {
    let bare = written.split(['[', ',']).next().unwrap_or(written).trim();
    bare.rsplit('.').next().unwrap_or(bare).to_lowercase()
}

pub(super) fn construct(callee: Expr, args: Vec<Expr>, span: Span) -> Expr {
    let kind = CallKind::New;
    Expr::new(ExprKind::Call(Call { callee, args, kind, optional: false, type_args: Vec::new() }), span)
}
