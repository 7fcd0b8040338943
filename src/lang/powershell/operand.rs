//! What operators work on: variables, literals, brackets, types, and what follows a dot.

use super::cursor::{LONGEST_CHAIN, Parser, call, is_word, name, opaque};
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

    fn postfix(&mut self, mut value: Expr, from: usize) -> Expr {
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

/// The last part of a type's name, in small letters, without what stands in its brackets.
pub(super) fn short(written: &str) -> String {
    let bare = written.split(['[', ',']).next().unwrap_or(written).trim();
    bare.rsplit('.').next().unwrap_or(bare).to_lowercase()
}

pub(super) fn construct(callee: Expr, args: Vec<Expr>, span: Span) -> Expr {
    let kind = CallKind::New;
    Expr::new(ExprKind::Call(Call { callee, args, kind, optional: false, type_args: Vec::new() }), span)
}
