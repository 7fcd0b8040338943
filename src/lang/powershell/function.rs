//! Functions, script blocks, parameters and classes.

use super::cursor::{Parser, node};
use crate::words::flow::{
    Block, Class, ClassId, Expr, ExprKind, FunctionId, Member, MemberValue, NodeKind, Param, Scope,
};

impl Parser<'_> {
    /// `function Name { … }`, the cursor behind the keyword.
    pub(super) fn function_statement(&mut self, out: &mut Block, from: usize) {
        self.blanks();
        let start = self.at;
        while !self.eof() && !matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r' | b'{' | b'(') {
            self.bump();
        }
        let written = self.slice(start, self.at);
        let bare =
            written.split_once(':').filter(|(scope, _)| !scope.contains('-')).map_or(written, |(_, n)| n);
        let bare = bare.to_owned();
        if bare.is_empty() {
            return self.problem(start, "a function has no name");
        }
        self.lines();
        let listed = self.peek(0) == b'(';
        let params = if listed { self.parameters() } else { Vec::new() };
        let id = self.body_of(Some(bare.clone()), params, listed, from);
        let span = self.since(from);
        let value = Expr::new(ExprKind::Function(id), span);
        let folded = bare.to_lowercase();
        // Who names it from outside writes it as it stands here; a call may write it in any case.
        if folded != bare {
            out.push(node(NodeKind::Define { name: bare, value: value.clone() }, span));
        }
        out.push(node(NodeKind::Define { name: folded, value }, span));
    }

    /// `{ param(…) … }` with these parameters, or those of its own.
    fn body_of(
        &mut self,
        named: Option<String>,
        params: Vec<Param>,
        listed: bool,
        from: usize,
    ) -> FunctionId {
        let outside = self.open_params.replace(params);
        let stops = self.stops;
        self.in_function += 1;
        let mut body = self.block();
        self.in_function -= 1;
        self.stops = stops;
        let mut params = std::mem::replace(&mut self.open_params, outside).unwrap_or_default();
        super::status::gives(&mut body);
        let block = named.is_none();
        if block && params.is_empty() && !listed {
            params.push(plain("$_"));
        }
        params.push(Param { rest: true, ..plain("$args") });
        let span = self.since(from);
        self.function(named, params, body, span)
    }

    /// `{ … }` as a value.
    pub(super) fn script_block(&mut self) -> Expr {
        let from = self.at;
        let id = self.body_of(None, Vec::new(), false, from);
        Expr::new(ExprKind::Function(id), self.since(from))
    }

    /// Attributes in front of a `param` block; false, with nothing moved, where none follows.
    pub(super) fn attributed_param(&mut self, out: &mut Block) -> bool {
        let mark = self.mark();
        while self.peek(0) == b'[' {
            self.skip_balanced();
            self.lines();
        }
        if self.eat_keyword("param") {
            self.param_block(out);
            return true;
        }
        self.restore(mark);
        false
    }

    /// `param(…)`, the cursor behind the keyword.
    pub(super) fn param_block(&mut self, out: &mut Block) {
        self.lines();
        if self.peek(0) != b'(' {
            return self.problem(self.at, "a list of parameters is missing");
        }
        let from = self.at;
        let params = self.parameters();
        if let (true, Some(open)) = (self.in_function > 0, &mut self.open_params) {
            open.extend(params);
            return;
        }
        let span = self.since(from);
        for param in params {
            let given = Expr::new(ExprKind::Variable("@".to_owned()), span);
            let value = match param.default {
                Some(other) => {
                    let at = other.span;
                    Expr::new(ExprKind::Default { value: given, other, or_empty: false }, at)
                }
                None => given,
            };
            self.bind(&param.name, value, Scope::Function, out);
        }
    }

    /// `( [type] $name = default, … )`
    pub(super) fn parameters(&mut self) -> Vec<Param> {
        let mut out = Vec::new();
        self.at += 1;
        loop {
            self.lines();
            if self.eof() || self.peek(0) == b')' {
                break;
            }
            let start = self.at;
            let mut type_name = None;
            while self.peek(0) == b'[' {
                let written = self.type_name();
                if !written.contains('(') {
                    let last = written.rsplit('.').next().unwrap_or(&written);
                    type_name = Some(last.to_owned());
                }
                self.lines();
            }
            if self.peek(0) == b'$' {
                self.at += 1;
                let held = self.word().to_lowercase();
                self.lines();
                let default = if self.eat("=") {
                    self.lines();
                    let comma = std::mem::replace(&mut self.comma, false);
                    let value = self.statement_value();
                    self.comma = comma;
                    Some(value)
                } else {
                    None
                };
                out.push(Param { name: format!("${held}"), type_name, default, rest: false });
            }
            self.lines();
            if !self.eat(",") && self.peek(0) != b')' || self.at == start {
                self.problem(self.at, "a parameter is not understood");
                self.at += self.rest().find([')', '\n']).unwrap_or(self.rest().len());
                break;
            }
        }
        if !self.eat(")") {
            self.problem(self.at, "a list of parameters is not closed");
        }
        out
    }

    /// `class Name : Base { … }`, the cursor behind the keyword.
    pub(super) fn class(&mut self, out: &mut Block, from: usize) {
        self.blanks();
        let written = self.word().to_owned();
        let brace = self.rest().find('{').unwrap_or(self.rest().len());
        self.at += brace;
        if !self.eat("{") {
            return self.problem(from, "a class has no body");
        }
        let mut class = Class {
            name: Some(written.clone()),
            base: None,
            decorators: Vec::new(),
            constructor: None,
            members: Vec::new(),
            on_define: Vec::new(),
            span: self.since(from),
        };
        if self.down() {
            loop {
                self.terminators();
                if self.eof() || self.peek(0) == b'}' {
                    break;
                }
                let start = self.at;
                self.class_member(&mut class, &written);
                if self.at == start {
                    self.problem(start, "a member of a class is not understood");
                    self.bump();
                }
            }
            self.up();
        }
        if !self.eat("}") {
            self.problem(from, "a class is not closed");
        }
        class.span = self.since(from);
        let id = ClassId(u32::try_from(self.sink.classes.len()).unwrap_or(u32::MAX));
        let span = class.span;
        self.sink.classes.push(class);
        let value = Expr::new(ExprKind::Class(id), span);
        out.push(node(NodeKind::Define { name: format!("[{}]", written.to_lowercase()), value }, span));
    }

    fn class_member(&mut self, class: &mut Class, class_name: &str) {
        let from = self.at;
        let (mut is_static, mut type_name) = (false, None);
        loop {
            if self.eat_keyword("static") {
                is_static = true;
            } else if self.peek(0) == b'[' {
                let written = self.type_name();
                type_name = Some(written.rsplit('.').next().unwrap_or(&written).to_owned());
            } else if !self.eat_keyword("hidden") {
                break;
            }
            self.lines();
        }
        if self.peek(0) == b'$' {
            self.at += 1;
            let held = self.word().to_lowercase();
            self.blanks();
            let value = if self.eat("=") {
                self.lines();
                Some(self.statement_value())
            } else {
                None
            };
            let value = MemberValue::Field(value);
            class.members.push(Member { name: held, is_static, value, type_name, decorators: Vec::new() });
            return;
        }
        let held = self.word().to_owned();
        self.lines();
        if held.is_empty() || self.peek(0) != b'(' {
            return;
        }
        let params = self.parameters();
        self.lines();
        if self.eat(":") {
            // `: base(…)`
            self.lines();
            self.word();
            self.lines();
            if self.peek(0) == b'(' {
                self.skip_balanced();
            }
            self.lines();
        }
        let id = self.body_of(Some(held.clone()), params, true, from);
        if let Some(function) = self.sink.functions.get_mut(id.0 as usize) {
            function.lexical_this = false;
        }
        if held.eq_ignore_ascii_case(class_name) {
            class.constructor = Some(id);
            return;
        }
        let value = MemberValue::Method(id);
        let decorators = Vec::new();
        class.members.push(Member {
            name: held.to_lowercase(),
            is_static,
            value,
            type_name: None,
            decorators,
        });
    }
}

fn plain(name: &str) -> Param {
    Param { name: name.to_owned(), type_name: None, default: None, rest: false }
}
