//! Pipelines, chains of them with `&&` and `||`, and assignments.

use super::command::Command;
use super::cursor::{LONGEST_CHAIN, Parser, call, name, node, opaque};
use super::names;
use crate::words::flow::{Block, Comparison, Expr, ExprKind, NodeKind, Scope};
use crate::words::span::Span;

/// A stage of a pipeline.
pub(super) enum Stage {
    Value(Expr),
    Command(Command),
}

impl Parser<'_> {
    /// A pipeline as a statement.
    pub(super) fn pipeline_statement(&mut self, out: &mut Block) {
        let from = self.at;
        if self.starts_expression() {
            let value = self.expression();
            self.blanks();
            if let Some(operator) = self.assignment_operator() {
                self.assignment(&value, operator, from, out);
                return;
            }
            let chain = self.chain_from(Some(Stage::Value(value)), from);
            let span = self.since(from);
            out.push(node(NodeKind::Eval(chain), span));
            return;
        }
        let command = self.command();
        self.blanks();
        let alone = !matches!(self.peek(0), b'|' | b'&') && !self.continues_with_pipe();
        if alone {
            self.command_statement(command, out);
            return;
        }
        let silent = command.silent;
        let chain = self.chain_from(Some(Stage::Command(command)), from);
        let span = self.since(from);
        let says = matches!(&*chain.kind, ExprKind::Run(run) if names::only_says(run));
        let kind = if says { NodeKind::Command(chain) } else { NodeKind::Eval(chain) };
        self.push_silenced(node(kind, span), silent, out);
    }

    /// A pipeline, or an assignment, as a value.
    pub(super) fn pipeline_value(&mut self) -> Expr {
        if !self.down() {
            return opaque(Vec::new(), self.since(self.at));
        }
        let from = self.at;
        let value = if self.starts_expression() {
            let value = self.expression();
            self.blanks();
            match self.assignment_operator() {
                Some(_) => {
                    self.lines();
                    let given = self.statement_value();
                    let span = self.since(from);
                    Expr::new(ExprKind::Assign { target: value, value: given }, span)
                }
                None => self.chain_from(Some(Stage::Value(value)), from),
            }
        } else {
            self.chain_from(None, from)
        };
        self.up();
        value
    }

    fn chain_from(&mut self, first: Option<Stage>, from: usize) -> Expr {
        let mut left = self.stages(first, from);
        for _ in 0..LONGEST_CHAIN {
            let mark = self.mark();
            self.blanks();
            let and = self.looking_at("&&");
            if !and && !self.looking_at("||") {
                if self.peek(0) == b'&' && !and {
                    // Started, and nobody looks how it ends.
                    self.at += 1;
                    left = Expr::new(ExprKind::Detached(left), self.since(from));
                    return left;
                }
                self.restore(mark);
                return left;
            }
            self.at += 2;
            self.lines();
            let start = self.at;
            let jump = ["exit", "throw", "return", "break", "continue"].iter().any(|word| self.keyword(word));
            let right = if jump {
                let mut body = Vec::new();
                self.jump(&mut body);
                Expr::new(ExprKind::Group { body, isolated: false }, self.since(start))
            } else {
                self.stages(None, start)
            };
            let span = self.since(from);
            let says = matches!(&*right.kind, ExprKind::Run(run) if names::only_says(run));
            left = if and {
                Expr::new(ExprKind::And(succeeded(left), right), span)
            } else if says {
                // Saying that something failed is no looking after it.
                let at = left.span;
                let body = vec![node(NodeKind::Command(left), at)];
                let group = Expr::new(ExprKind::Group { body, isolated: false }, at);
                Expr::new(ExprKind::Sequence(vec![group, right]), span)
            } else {
                Expr::new(ExprKind::Or(succeeded(left), right), span)
            };
        }
        self.give_up("this chain of commands is too long");
        left
    }

    fn continues_with_pipe(&mut self) -> bool {
        let mark = self.mark();
        self.lines();
        let pipe = self.at > mark.0 && self.peek(0) == b'|' && self.peek(1) != b'|';
        self.restore(mark);
        pipe
    }

    fn stages(&mut self, first: Option<Stage>, from: usize) -> Expr {
        let first = match first {
            Some(first) => first,
            None if self.starts_expression() => Stage::Value(self.expression()),
            None => Stage::Command(self.command()),
        };
        let mut value = match first {
            Stage::Value(value) => value,
            Stage::Command(command) => self.command_value(command),
        };
        for _ in 0..LONGEST_CHAIN {
            self.blanks();
            if self.continues_with_pipe() {
                self.lines();
            }
            if self.peek(0) != b'|' || self.peek(1) == b'|' {
                return value;
            }
            self.at += 1;
            self.lines();
            if self.starts_expression() {
                let next = self.expression();
                value = Expr::new(ExprKind::Sequence(vec![value, next]), self.since(from));
                continue;
            }
            let command = self.command();
            let span = self.since(from);
            value = self.piped(value, command, span);
        }
        self.give_up("this pipeline is too long");
        value
    }

    /// What a stage makes of what it is given.
    fn piped(&mut self, given: Expr, command: Command, span: Span) -> Expr {
        let called = command.called();
        let block = |command: &Command| {
            command.args.iter().find(|arg| is_block(&arg.value)).map(|arg| arg.value.clone())
        };
        match called.as_str() {
            "foreach-object" | "where-object" => {
                let method = if called == "foreach-object" { "map" } else { "filter" };
                let list = self.as_list(given);
                let args = block(&command).into_iter().collect();
                let callee = ExprKind::Member { of: list, name: method.to_owned() };
                call(Expr::new(callee, span), args, span)
            }
            "invoke-expression" => Expr::new(ExprKind::EvalText(given), span),
            // What only shows, sorts or stores leaves how the stage before ended as it is.
            _ if names::passes(&called) => given,
            _ => {
                let next = self.command_value(command);
                Expr::new(ExprKind::Pipe(vec![given, next]), span)
            }
        }
    }

    /// Moves over `=`, `+=` and the like.
    fn assignment_operator(&mut self) -> Option<u8> {
        for operator in ["??=", "+=", "-=", "*=", "/=", "%="] {
            if self.eat(operator) {
                return operator.bytes().next();
            }
        }
        (self.peek(0) == b'=' && self.peek(1) != b'=').then(|| {
            self.at += 1;
            b'='
        })
    }

    fn assignment(&mut self, target: &Expr, operator: u8, from: usize, out: &mut Block) {
        let scope = if self.outer { Scope::Program } else { Scope::Function };
        self.lines();
        let value = self.statement_value();
        let span = self.since(from);
        let value = match operator {
            b'=' => value,
            b'+' => self.sum(target.clone(), value, span),
            b'?' => {
                let parts = (target.clone(), value);
                Expr::new(ExprKind::Default { value: parts.0, other: parts.1, or_empty: false }, span)
            }
            _ => opaque(vec![target.clone(), value], span),
        };
        self.assign(target, value, scope, span, out);
    }

    pub(super) fn assign(&mut self, target: &Expr, value: Expr, scope: Scope, span: Span, out: &mut Block) {
        match &*target.kind {
            ExprKind::Null => out.push(node(NodeKind::Eval(value), span)),
            ExprKind::Variable(variable) => {
                let kind = NodeKind::ExportVariable { name: variable.clone(), value: Some(value) };
                out.push(node(kind, span));
            }
            ExprKind::Name(held) => self.set(held, value, scope, span, out),
            // Whoever asks next how the last program ended is told this.
            ExprKind::LastStatus => {
                let given = match &*value.kind {
                    ExprKind::Number(number) => Expr::new(ExprKind::Bool(*number == 0.0), span),
                    _ => opaque(vec![value], span),
                };
                out.push(node(NodeKind::Command(given), span));
            }
            ExprKind::List(targets) => {
                let whole = format!("$\u{0}{}", span.start);
                let list = self.as_list(value);
                self.bind(&whole, list, Scope::Function, out);
                for (index, target) in targets.iter().take(64).enumerate() {
                    #[allow(clippy::cast_precision_loss, reason = "there are few targets")]
                    let key = Expr::new(ExprKind::Number(index as f64), span);
                    let item = Expr::new(ExprKind::Index { of: name(&whole, span), key }, span);
                    self.assign(target, item, scope, span, out);
                }
            }
            _ => {
                let defaults = matches!(&*target.kind, ExprKind::Index { of, key }
                    if matches!(&*of.kind, ExprKind::Name(n) if n == "$psdefaultparametervalues")
                        && matches!(&*key.kind, ExprKind::Text(k) if k.ends_with(":erroraction")));
                if defaults && self.prefer(&value, span, out) {
                    return;
                }
                out.push(node(NodeKind::Assign { target: target.clone(), value }, span));
            }
        }
    }

    fn set(&mut self, held: &str, value: Expr, scope: Scope, span: Span, out: &mut Block) {
        match held {
            "$erroractionpreference" => {
                self.prefer(&value, span, out);
            }
            "$psnativecommanduseerroractionpreference" => {
                let on = matches!(&*value.kind, ExprKind::Bool(true));
                out.push(node(NodeKind::Options { errexit: None, pipefail: Some(on) }, span));
            }
            _ => {
                if matches!(&*value.kind, ExprKind::List(_)) {
                    self.lists.insert(held.to_owned());
                } else {
                    self.lists.remove(held);
                }
                if let Some(function) = held.strip_prefix("$function:") {
                    let kind = NodeKind::Define { name: function.to_owned(), value };
                    out.push(node(kind, span));
                    return;
                }
                let kind =
                    NodeKind::Bind { name: held.to_owned(), value: Some(value), scope, type_name: None };
                out.push(node(kind, span));
            }
        }
    }

    /// What becomes of errors from here on.
    fn prefer(&mut self, value: &Expr, span: Span, out: &mut Block) -> bool {
        let wanted = match &*value.kind {
            ExprKind::Text(text) => text.to_ascii_lowercase(),
            ExprKind::Member { name, .. } => name.clone(),
            _ => String::new(),
        };
        let stop = wanted == "stop";
        self.stops = stop;
        let options = NodeKind::Options { errexit: Some(stop), pipefail: None };
        out.push(node(options, span));
        if matches!(wanted.as_str(), "silentlycontinue" | "ignore") {
            // Marks the place; what follows in this block is put into it.
            let kind = NodeKind::Trap { action: None, signals: vec![super::status::SILENT.to_owned()] };
            out.push(node(kind, span));
        }
        true
    }
}

fn is_block(value: &Expr) -> bool {
    matches!(&*value.kind, ExprKind::Function(_))
}

/// The status of a program that was just started, where one was.
fn succeeded(left: Expr) -> Expr {
    let span = left.span;
    let native = matches!(&*left.kind, ExprKind::Run(run) if names::starts_program(run));
    if !native {
        return left;
    }
    let zero = Expr::new(ExprKind::Number(0.0), span);
    let status = Expr::new(ExprKind::LastStatus, span);
    let fine = ExprKind::Compare { op: Comparison::Equal, left: status, right: zero };
    Expr::new(ExprKind::Sequence(vec![left, Expr::new(fine, span)]), span)
}
