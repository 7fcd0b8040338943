//! Statements, in the order in which they happen.

use oxc_ast::ast as js;
use oxc_span::GetSpan;

use super::jumps::{Target, TargetKind, without_breaks};
use super::{Lowering, member, name, node};
use crate::words::flow::{Block, Catches, Each, Expr, ExprKind, Handler, Node, NodeKind, Scope};
use crate::words::span::Span;

impl Lowering<'_> {
    pub(super) fn program(&mut self, program: &js::Program<'_>) -> Block {
        let mut out = Block::new();
        self.imports(&program.body, &mut out);
        self.directives(&program.directives, &mut out);
        self.block_into(&program.body, &mut out);
        out
    }

    pub(super) fn directives(&mut self, directives: &[js::Directive<'_>], out: &mut Block) {
        for directive in directives.iter().filter(|d| d.directive != "use strict") {
            let span = self.span(directive.span);
            out.push(node(NodeKind::Eval(Expr::text(directive.directive.as_str(), span)), span));
        }
    }

    pub(super) fn block(&mut self, statements: &[js::Statement<'_>]) -> Block {
        let mut out = Block::new();
        self.block_into(statements, &mut out);
        out
    }

    pub(super) fn block_into(&mut self, statements: &[js::Statement<'_>], out: &mut Block) {
        self.hoist(statements, out);
        self.unhoisted(statements, out);
    }

    /// The functions that are declared in a block: they are there before its first statement.
    pub(super) fn hoist(&mut self, statements: &[js::Statement<'_>], out: &mut Block) {
        for statement in statements {
            let function = match statement {
                js::Statement::FunctionDeclaration(function) => Some(function),
                js::Statement::ExportDeclaration(export) => match &export.declaration {
                    js::Declaration::FunctionDeclaration(function) => Some(function),
                    _ => None,
                },
                js::Statement::ExportDefaultDeclaration(export) => match &export.declaration {
                    js::ExportDefaultDeclarationKind::FunctionDeclaration(function) => Some(function),
                    _ => None,
                },
                _ => None,
            };
            if let Some(function) = function {
                self.define_function(function, out);
            }
        }
    }

    fn define_function(&mut self, function: &js::Function<'_>, out: &mut Block) {
        let Some(id) = &function.id else { return };
        if function.body.is_none() || function.declare {
            return;
        }
        let span = self.span(function.span);
        let value = self.function(function, None);
        out.push(node(NodeKind::Define { name: id.name.to_string(), value }, span));
    }

    pub(super) fn unhoisted(&mut self, statements: &[js::Statement<'_>], out: &mut Block) {
        for statement in statements {
            self.statement(statement, out);
        }
    }

    pub(super) fn statement(&mut self, statement: &js::Statement<'_>, out: &mut Block) {
        let span = self.span(statement.span());
        if self.deeper(span, |l| l.statement_here(statement, span, out)).is_none() {
            out.push(node(NodeKind::Opaque(Vec::new()), span));
        }
    }

    fn statement_here(&mut self, statement: &js::Statement<'_>, span: Span, out: &mut Block) {
        use js::Statement as S;
        match statement {
            S::BlockStatement(block) => {
                let body = self.block(&block.body);
                out.push(node(NodeKind::Scope(body), span));
            }
            S::ExpressionStatement(statement) => self.expression_statement(&statement.expression, span, out),
            S::IfStatement(statement) => {
                let test = self.expression(&statement.test);
                let then = self.branch(&statement.consequent);
                let other = statement.alternate.as_ref().map_or_else(Block::new, |other| self.branch(other));
                out.push(node(NodeKind::Branch { test, then, other }, span));
            }
            S::ReturnStatement(statement) => {
                let value = statement.argument.as_ref().map(|value| self.expression(value));
                out.push(node(NodeKind::Return(value), span));
            }
            S::ThrowStatement(statement) => {
                let value = self.expression(&statement.argument);
                out.push(node(NodeKind::Throw(value), span));
            }
            S::BreakStatement(statement) => self.breaks(statement.label.as_ref(), span, out),
            S::ContinueStatement(statement) => self.continues(statement.label.as_ref(), span, out),
            S::TryStatement(statement) => {
                let kind = self.try_statement(statement);
                out.push(node(kind, span));
            }
            S::LabeledStatement(statement) => self.labelled(statement, Vec::new(), out),
            S::SwitchStatement(statement) => self.switch(statement, Vec::new(), out),
            S::ForStatement(_)
            | S::ForInStatement(_)
            | S::ForOfStatement(_)
            | S::WhileStatement(_)
            | S::DoWhileStatement(_) => self.repeated(statement, Vec::new(), out),
            S::WithStatement(statement) => {
                // Any name inside may mean a member of the object.
                let object = self.expression(&statement.object);
                out.push(node(NodeKind::Opaque(vec![object]), span));
                let body = self.branch(&statement.body);
                out.push(node(NodeKind::Scope(body), span));
            }
            S::EmptyStatement(_) | S::DebuggerStatement(_) | S::FunctionDeclaration(_) => {}
            _ => {
                if let Some(declaration) = statement.as_declaration() {
                    self.declaration(declaration, out);
                } else if let Some(module) = statement.as_module_declaration() {
                    self.module_declaration(module, out);
                }
            }
        }
    }

    /// The statements of a branch; braces make no difference.
    pub(super) fn branch(&mut self, statement: &js::Statement<'_>) -> Block {
        if let js::Statement::BlockStatement(block) = statement {
            return self.block(&block.body);
        }
        self.block(std::slice::from_ref(statement))
    }

    fn expression_statement(&mut self, value: &js::Expression<'_>, span: Span, out: &mut Block) {
        if let js::Expression::AssignmentExpression(assignment) = value
            && assignment.operator.is_assign()
        {
            self.assignment_statement(assignment, span, out);
            return;
        }
        let value = self.expression(value);
        let kind = match *value.kind {
            ExprKind::Assign { target, value } => NodeKind::Assign { target, value },
            kind => NodeKind::Eval(Expr::new(kind, value.span)),
        };
        out.push(node(kind, span));
    }

    /// `a = b = value`: the value once, then each target from the right.
    fn assignment_statement(&mut self, first: &js::AssignmentExpression<'_>, span: Span, out: &mut Block) {
        let mut targets = vec![&first.left];
        let mut value = &first.right;
        while let js::Expression::AssignmentExpression(next) = value
            && next.operator.is_assign()
        {
            targets.push(&next.left);
            value = &next.right;
        }
        let hint = super::modules::target_name(&first.left);
        let mut value = self.named(value, hint.as_deref());
        if targets.len() > 1 && !matches!(*value.kind, ExprKind::Name(_) | ExprKind::Text(_)) {
            value = self.keep(value, out);
        }
        for target in targets.into_iter().rev() {
            if let Some(exported) = super::modules::exported_name(target) {
                let kind = NodeKind::Export { name: exported, value: value.clone() };
                out.push(node(kind, span));
            } else {
                self.assign_pattern(target, value.clone(), span, out);
            }
        }
    }

    /// Binds a value to a fresh name, so that it can be used more than once.
    pub(super) fn keep(&mut self, value: Expr, out: &mut Block) -> Expr {
        let span = value.span;
        let fresh = self.fresh();
        let kind =
            NodeKind::Bind { name: fresh.clone(), value: Some(value), scope: Scope::Block, type_name: None };
        out.push(node(kind, span));
        name(fresh, span)
    }

    fn try_statement(&mut self, statement: &js::TryStatement<'_>) -> NodeKind {
        let body = self.block(&statement.block.body);
        let handler = statement.handler.as_ref().map(|clause| {
            let mut body = Block::new();
            let param = clause.param.as_ref().map(|param| match &param.pattern {
                js::BindingPattern::BindingIdentifier(id) => id.name.to_string(),
                pattern => {
                    let span = self.span(param.span);
                    let fresh = self.fresh();
                    self.bind_pattern(pattern, name(fresh.clone(), span), Scope::Block, None, &mut body);
                    fresh
                }
            });
            self.block_into(&clause.body.body, &mut body);
            Handler { param, body, catches: Catches::Errors, span: self.span(clause.span) }
        });
        let finally = statement.finalizer.as_ref().map_or_else(Block::new, |block| self.block(&block.body));
        NodeKind::Try { body, handler, finally }
    }

    fn labelled(&mut self, statement: &js::LabeledStatement<'_>, mut labels: Vec<String>, out: &mut Block) {
        use js::Statement as S;
        labels.push(statement.label.name.to_string());
        let span = self.span(statement.span);
        match &statement.body {
            S::LabeledStatement(inner) => {
                if self.deeper(span, |l| l.labelled(inner, labels, out)).is_none() {
                    out.push(node(NodeKind::Opaque(Vec::new()), span));
                }
            }
            S::SwitchStatement(switch) => self.switch(switch, labels, out),
            S::ForStatement(_)
            | S::ForInStatement(_)
            | S::ForOfStatement(_)
            | S::WhileStatement(_)
            | S::DoWhileStatement(_) => self.repeated(&statement.body, labels, out),
            other => {
                self.targets.push(Target { kind: TargetKind::Labelled, labels });
                let body = self.branch(other);
                self.targets.pop();
                out.push(node(NodeKind::Scope(without_breaks(body, span)), span));
            }
        }
    }

    fn repeated(&mut self, statement: &js::Statement<'_>, labels: Vec<String>, out: &mut Block) {
        use js::Statement as S;
        let span = self.span(statement.span());
        let whole =
            |test, body, at_least_once| node(NodeKind::Loop { test, each: None, body, at_least_once }, span);
        match statement {
            S::WhileStatement(s) => {
                let test = Some(self.expression(&s.test));
                let body = self.loop_body(&s.body, labels, Block::new());
                out.push(whole(test, body, false));
            }
            S::DoWhileStatement(s) => {
                let body = self.loop_body(&s.body, labels, Block::new());
                let test = Some(self.expression(&s.test));
                out.push(whole(test, body, true));
            }
            S::ForStatement(s) => {
                let mut around = Block::new();
                match &s.init {
                    Some(js::ForStatementInit::VariableDeclaration(d)) => self.variables(d, &mut around),
                    Some(init) => {
                        if let Some(value) = init.as_expression() {
                            let at = self.span(value.span());
                            self.expression_statement(value, at, &mut around);
                        }
                    }
                    None => {}
                }
                let test = s.test.as_ref().map(|test| self.expression(test));
                let mut body = self.loop_body(&s.body, labels, Block::new());
                if let Some(update) = &s.update {
                    let at = self.span(update.span());
                    self.expression_statement(update, at, &mut body);
                }
                around.push(whole(test, body, false));
                out.push(node(NodeKind::Scope(around), span));
            }
            S::ForOfStatement(s) => {
                let mut over = self.expression(&s.right);
                if s.r#await {
                    let at = over.span;
                    over = Expr::new(ExprKind::Await(over), at);
                }
                out.push(self.for_each(&s.left, over, &s.body, labels, span));
            }
            S::ForInStatement(s) => {
                // The keys, as `Object.keys` would list them.
                let of = self.expression(&s.right);
                let at = of.span;
                let callee = member(name("Object", at), "keys", at);
                let over = super::expressions::plain_call(callee, vec![of], at);
                out.push(self.for_each(&s.left, over, &s.body, labels, span));
            }
            _ => {}
        }
    }

    fn for_each(
        &mut self,
        left: &js::ForStatementLeft<'_>,
        over: Expr,
        body: &js::Statement<'_>,
        labels: Vec<String>,
        span: Span,
    ) -> Node {
        let at = self.span(left.span());
        let mut start = Block::new();
        let mut bound = None;
        match left {
            js::ForStatementLeft::VariableDeclaration(declaration) => {
                if let Some(declarator) = declaration.declarations.first() {
                    if let js::BindingPattern::BindingIdentifier(id) = &declarator.id {
                        bound = Some(id.name.to_string());
                    } else {
                        let fresh = self.fresh();
                        let scope = scope_of(declaration.kind);
                        self.bind_pattern(&declarator.id, name(fresh.clone(), at), scope, None, &mut start);
                        bound = Some(fresh);
                    }
                }
            }
            _ => {
                if let Some(target) = left.as_assignment_target() {
                    let fresh = self.fresh();
                    self.assign_pattern(target, name(fresh.clone(), at), at, &mut start);
                    bound = Some(fresh);
                }
            }
        }
        let each = Each { name: bound.unwrap_or_else(|| self.fresh()), over };
        let body = self.loop_body(body, labels, start);
        node(NodeKind::Loop { test: None, each: Some(each), body, at_least_once: false }, span)
    }

    fn loop_body(&mut self, body: &js::Statement<'_>, labels: Vec<String>, mut start: Block) -> Block {
        self.targets.push(Target { kind: TargetKind::Loop, labels });
        start.extend(self.branch(body));
        self.targets.pop();
        start
    }

    pub(super) fn declaration(&mut self, declaration: &js::Declaration<'_>, out: &mut Block) {
        use js::Declaration as D;
        match declaration {
            D::VariableDeclaration(variables) => self.variables(variables, out),
            D::ClassDeclaration(class) if !class.declare => {
                let span = self.span(class.span);
                let value = self.class(class, None);
                if let Some(id) = &class.id {
                    out.push(node(NodeKind::Define { name: id.name.to_string(), value }, span));
                }
            }
            D::TSEnumDeclaration(declaration) if !declaration.declare => self.enumeration(declaration, out),
            D::TSNamespaceDeclaration(namespace) => self.namespace(namespace, out),
            D::TSImportEqualsDeclaration(import) => self.import_equals(import, out),
            // Functions were hoisted, and types do nothing.
            _ => {}
        }
    }

    pub(super) fn variables(&mut self, variables: &js::VariableDeclaration<'_>, out: &mut Block) {
        if variables.declare {
            return;
        }
        let scope = scope_of(variables.kind);
        for declarator in &variables.declarations {
            let span = self.span(declarator.span);
            let type_name = declarator.type_annotation.as_ref().and_then(|t| super::functions::type_name(t));
            if let js::BindingPattern::BindingIdentifier(id) = &declarator.id {
                let value = declarator.init.as_ref().map(|init| self.named(init, Some(id.name.as_str())));
                let kind = NodeKind::Bind { name: id.name.to_string(), value, scope, type_name };
                out.push(node(kind, span));
            } else if let Some(init) = &declarator.init {
                let value = self.expression(init);
                self.bind_pattern(&declarator.id, value, scope, type_name, out);
            }
        }
    }
}

pub(super) fn scope_of(kind: js::VariableDeclarationKind) -> Scope {
    if kind == js::VariableDeclarationKind::Var { Scope::Function } else { Scope::Block }
}
