//! Statements: what a block is made of, and the compound ones.

use super::cursor::{LONGEST_CHAIN, Parser, node, opaque};
use super::status::gives;
use crate::words::flow::{Block, Catches, Each, Expr, ExprKind, Handler, Node, NodeKind, Scope};

impl Parser<'_> {
    pub(super) fn program(&mut self) -> Block {
        let mut body = Vec::new();
        while !self.eof() {
            self.statements(&mut body);
            if !self.eof() {
                // A bracket that nothing opened.
                self.problem(self.at, "a closing bracket stands alone");
                self.at += 1;
            }
        }
        body
    }

    /// Statements up to a closing bracket or the end.
    pub(super) fn statements(&mut self, out: &mut Block) {
        if !self.down() {
            return;
        }
        let start = out.len();
        let stops = self.stops;
        loop {
            self.terminators();
            if self.eof() || matches!(self.peek(0), b'}' | b')') {
                break;
            }
            let from = self.at;
            self.statement(out);
            if self.at == from {
                self.problem(from, "a statement is not understood");
                self.bump();
            }
            self.blanks();
            if !self.eof() && !matches!(self.peek(0), b'\n' | b'\r' | b';' | b'}' | b')') && self.at > from {
                // What follows a block on the same line is a statement of its own.
                let done = self.slice(from, self.at);
                if !done.ends_with('}') && !ends_block(done) && !is_param_block(done) {
                    self.problem(self.at, "a statement does not end where it should");
                    self.at += self.rest().find(['\n', ';', '}']).unwrap_or(self.rest().len());
                }
            }
        }
        if self.in_function > 0 {
            self.stops = stops;
        }
        super::status::traps(out, start);
        self.up();
    }

    /// `{ … }`
    pub(super) fn block(&mut self) -> Block {
        let mut out = Vec::new();
        self.lines();
        if !self.eat("{") {
            self.problem(self.at, "a block is missing");
            return out;
        }
        self.statements(&mut out);
        if !self.eat("}") {
            self.problem(self.at, "a block is not closed");
        }
        out
    }

    fn statement(&mut self, out: &mut Block) {
        let from = self.at;
        if self.peek(0) == b':' && super::cursor::is_word(self.peek(1)) {
            // A label of a loop.
            self.at += 1;
            self.word();
            self.lines();
        }
        if self.peek(0) == b'[' && self.attributed_param(out) {
            return;
        }
        let at = self.at;
        let first = self.peek(0).to_ascii_lowercase();
        if !first.is_ascii_lowercase() {
            return self.pipeline_statement(out);
        }
        let word = self.word().to_ascii_lowercase();
        let ends = !matches!(self.peek(0), b'-' | b'.' | b'/' | b'\\' | b':' | b'=');
        let known = ends || word == "exit";
        match word.as_str() {
            "if" if known => self.branch(out, 0),
            "while" if known => self.while_loop(out, from),
            "do" if known => self.do_loop(out, from),
            "for" if known => self.for_loop(out, from),
            "foreach" if known && self.opens_loop() => self.each_loop(out, from),
            "switch" if known => self.switch(out, from),
            "try" if known => self.try_statement(out, from),
            "trap" if known => self.trap(out, from),
            "function" | "filter" if ends => self.function_statement(out, from),
            "class" if ends => self.class(out, from),
            "enum" if ends => {
                self.blanks();
                self.word();
                self.lines();
                if self.peek(0) == b'{' {
                    self.skip_balanced();
                }
            }
            "param" if known => self.param_block(out),
            "begin" | "process" | "end" | "clean" | "dynamicparam" if self.opens_block() => {
                let body = self.block();
                out.extend(body);
            }
            "return" | "throw" | "exit" | "break" | "continue" if ends => {
                self.at = at;
                self.jump(out);
            }
            "using" if ends => self.using(out, from),
            _ => {
                self.at = at;
                self.pipeline_statement(out);
            }
        }
    }

    fn opens_block(&mut self) -> bool {
        let mark = self.mark();
        self.lines();
        let opens = self.peek(0) == b'{';
        self.restore(mark);
        opens
    }

    fn opens_loop(&mut self) -> bool {
        let mark = self.mark();
        self.lines();
        let opens = self.peek(0) == b'(' || self.peek(0) == b'-';
        self.restore(mark);
        opens
    }

    /// `return x`, `throw x`, `exit n`, `break`, `continue`.
    pub(super) fn jump(&mut self, out: &mut Block) {
        let from = self.at;
        let word = self.word().to_ascii_lowercase();
        self.blanks();
        let label = matches!(word.as_str(), "break" | "continue");
        let value = if label {
            self.word();
            None
        } else {
            self.optional_pipeline()
        };
        let span = self.since(from);
        let kind = match word.as_str() {
            "return" => NodeKind::Return(value),
            "throw" => NodeKind::Throw(value.unwrap_or_else(|| opaque(Vec::new(), span))),
            "exit" => NodeKind::Exit(value),
            "break" => NodeKind::Break,
            _ => NodeKind::Continue,
        };
        out.push(node(kind, span));
    }

    fn optional_pipeline(&mut self) -> Option<Expr> {
        let ends = self.eof() || matches!(self.peek(0), b'\n' | b'\r' | b';' | b'}' | b')' | b'|' | b'&');
        let calls = self.peek(0) == b'&' && self.peek(1) != b'&';
        (!ends || calls).then(|| self.pipeline_value())
    }

    fn condition(&mut self) -> Expr {
        self.lines();
        let from = self.at;
        if !self.eat("(") {
            self.problem(from, "a condition is missing");
            return opaque(Vec::new(), self.since(from));
        }
        self.lines();
        let value = self.pipeline_value();
        self.lines();
        if !self.eat(")") {
            self.problem(self.at, "a condition is not closed");
        }
        value
    }

    fn branch(&mut self, out: &mut Block, chain: usize) {
        let from = self.at;
        if chain > LONGEST_CHAIN {
            return self.give_up("this chain of conditions is too long");
        }
        let test = self.condition();
        let then = self.block();
        let mut other = Vec::new();
        let mark = self.mark();
        self.lines();
        if self.eat_keyword("elseif") {
            if self.down() {
                self.branch(&mut other, chain + 1);
                self.up();
            }
        } else if self.eat_keyword("else") {
            other = self.block();
        } else {
            self.restore(mark);
        }
        let span = self.since(from);
        out.push(node(NodeKind::Branch { test, then, other }, span));
    }

    fn while_loop(&mut self, out: &mut Block, from: usize) {
        let test = self.condition();
        let body = self.block();
        let kind = NodeKind::Loop { test: Some(test), each: None, body, at_least_once: false };
        out.push(node(kind, self.since(from)));
    }

    fn do_loop(&mut self, out: &mut Block, from: usize) {
        let body = self.block();
        self.lines();
        let until = self.eat_keyword("until");
        let test = (until || self.eat_keyword("while")).then(|| self.condition());
        if test.is_none() {
            self.problem(self.at, "a loop has no end");
        }
        // The body runs before the test is asked; a test that is evaluated first only reads.
        let kind = NodeKind::Loop { test, each: None, body, at_least_once: true };
        out.push(node(kind, self.since(from)));
    }

    fn for_loop(&mut self, out: &mut Block, from: usize) {
        self.lines();
        let mut parts: [Block; 3] = Default::default();
        if !self.eat("(") {
            return self.problem(self.at, "a loop has no head");
        }
        for (index, part) in parts.iter_mut().enumerate() {
            self.lines();
            if !matches!(self.peek(0), b';' | b')') && !self.eof() {
                self.pipeline_statement(part);
            }
            self.lines();
            if index < 2 && self.peek(0) == b';' {
                self.at += 1;
            }
        }
        self.lines();
        if !self.eat(")") {
            self.problem(self.at, "the head of a loop is not closed");
        }
        let mut body = self.block();
        let [first, mut test, step] = parts;
        out.extend(first);
        body.extend(step);
        let span = self.since(from);
        let test = match test.pop() {
            Some(Node { kind: NodeKind::Eval(expr), .. }) => Some(expr),
            _ => None,
        };
        out.push(node(NodeKind::Loop { test, each: None, body, at_least_once: false }, span));
    }

    fn each_loop(&mut self, out: &mut Block, from: usize) {
        self.lines();
        if self.peek(0) == b'-' {
            // `foreach -parallel (…)` of workflows.
            self.at += 1;
            self.word();
            self.lines();
        }
        if !self.eat("(") {
            return self.problem(self.at, "a loop has no head");
        }
        self.lines();
        let target = self.operand();
        self.lines();
        if !self.eat_keyword("in") {
            self.problem(self.at, "a loop has no list");
        }
        self.lines();
        let over = self.pipeline_value();
        self.lines();
        if !self.eat(")") {
            self.problem(self.at, "the head of a loop is not closed");
        }
        let body = self.block();
        let name = match &*target.kind {
            ExprKind::Name(name) => name.clone(),
            _ => "$_".to_owned(),
        };
        let over = self.as_list(over);
        let kind = NodeKind::Loop { test: None, each: Some(Each { name, over }), body, at_least_once: false };
        out.push(node(kind, self.since(from)));
    }

    /// A value in a place where PowerShell takes one thing for a list of it.
    pub(super) fn as_list(&mut self, value: Expr) -> Expr {
        let span = value.span;
        match &*value.kind {
            ExprKind::List(_) => value,
            ExprKind::Text(_) | ExprKind::Concat(_) | ExprKind::Number(_) | ExprKind::Object(_) => {
                Expr::new(ExprKind::List(vec![value]), span)
            }
            _ => Expr::new(ExprKind::List(vec![Expr::new(ExprKind::Spread(value), span)]), span),
        }
    }

    fn try_statement(&mut self, out: &mut Block, from: usize) {
        let body = self.block();
        let mut handlers: Vec<(Block, usize, bool)> = Vec::new();
        let mut finally = Vec::new();
        loop {
            let mark = self.mark();
            self.lines();
            let at = self.at;
            if self.eat_keyword("catch") {
                self.lines();
                let mut some_types = false;
                while self.peek(0) == b'[' {
                    some_types = true;
                    self.skip_balanced();
                    self.lines();
                    self.eat(",");
                    self.lines();
                }
                let handler = self.block();
                handlers.push((handler, at, some_types));
                if handlers.len() > LONGEST_CHAIN {
                    return self.give_up("there are too many handlers");
                }
            } else if self.eat_keyword("finally") {
                finally = self.block();
            } else {
                self.restore(mark);
                break;
            }
        }
        let span = self.since(from);
        // Which of several handlers runs, only the run knows: the innermost that catches every type is
        // the one that counts most, so the handlers are told as a choice.
        let handler = handlers.into_iter().rev().fold(None, |after: Option<Handler>, (body, at, some)| {
            let span = self.map_span(at);
            let param = Some("$_".to_owned());
            match after {
                Some(after) if some => {
                    let test = opaque(Vec::new(), span);
                    let kind = NodeKind::Branch { test, then: body, other: after.body };
                    Some(Handler { param, body: vec![node(kind, span)], catches: Catches::Errors, span })
                }
                _ => Some(Handler { param, body, catches: Catches::Errors, span }),
            }
        });
        out.push(node(NodeKind::Try { body, handler, finally }, span));
    }

    fn map_span(&self, at: usize) -> crate::words::span::Span {
        let mut end = at;
        while super::cursor::is_word(self.text.as_bytes().get(end).copied().unwrap_or(0)) {
            end += 1;
        }
        self.span_of(at, end)
    }

    /// `trap { … }`: its body is put around what stands beside it, see [`super::status::traps`].
    fn trap(&mut self, out: &mut Block, from: usize) {
        self.lines();
        if self.peek(0) == b'[' {
            self.skip_balanced();
        }
        let body = self.block();
        let span = self.since(from);
        let handler = Some(Handler { param: Some("$_".to_owned()), body, catches: Catches::Errors, span });
        // A `try` with nothing to try marks the place until the block is complete.
        out.push(node(NodeKind::Try { body: Vec::new(), handler, finally: Vec::new() }, span));
    }

    /// `using module ./x.psm1` runs the module; `using namespace` only shortens names.
    fn using(&mut self, out: &mut Block, from: usize) {
        self.blanks();
        let module = self.eat_keyword("module");
        self.blanks();
        if module {
            let file = self.argument();
            let span = self.since(from);
            out.push(node(NodeKind::Eval(Expr::new(ExprKind::Include { file }, span)), span));
        } else {
            self.at += self.rest().find(['\n', ';']).unwrap_or(self.rest().len());
        }
    }

    /// A statement where a value is wanted: `$x = if (…) { … } else { … }`.
    pub(super) fn statement_value(&mut self) -> Expr {
        let from = self.at;
        let compound = ["if", "switch", "foreach", "while", "for", "do", "try"];
        let is_compound = compound.iter().any(|word| {
            self.keyword(word) && {
                let after = self.rest().get(word.len()..).unwrap_or("").trim_start();
                after.starts_with(['(', '{', '-'])
            }
        });
        if !is_compound {
            return self.pipeline_value();
        }
        let mut body = Vec::new();
        self.statement(&mut body);
        gives(&mut body);
        let span = self.since(from);
        self.at_once(body, span)
    }

    pub(super) fn bind(&mut self, name: &str, value: Expr, scope: Scope, out: &mut Block) {
        let span = value.span;
        out.push(node(
            NodeKind::Bind { name: name.to_owned(), value: Some(value), scope, type_name: None },
            span,
        ));
    }
}

/// `param(…)`, with its attributes: the first statement may stand beside it.
fn is_param_block(written: &str) -> bool {
    let folded = written.trim_end().to_ascii_lowercase();
    let listed = folded.split_once('(').is_some_and(|(front, _)| front.trim_end() == "param");
    (listed || folded.starts_with('[') && folded.contains("param")) && folded.ends_with(')')
}

fn ends_block(text: &str) -> bool {
    text.trim_end().ends_with('}')
}
